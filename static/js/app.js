/* Comfort only: every page works without this file. */
(() => {
  "use strict";

  // Characters left in a text with a limit.
  const count = (note) => {
    const field = document.getElementById(note.dataset.counter);
    if (!field) return;
    const limit = Number(field.getAttribute("maxlength"));
    if (!limit) return;
    field.removeAttribute("maxlength"); // let people paste, then cut: the server refuses what is too long
    note.id = `${field.id}_counter`;
    const show = () => {
      const left = limit - [...field.value].length;
      note.textContent = (left < 0 ? note.dataset.over : note.dataset.left).replace("#", Math.abs(left).toLocaleString(document.documentElement.lang));
      note.classList.toggle("is-over", left < 0);
      note.hidden = left > limit / 5; // until it matters, a number is one more thing to read
    };
    field.addEventListener("input", show);
    show();
  };

  // Without a network nothing leaves: it is said beside the button, where the browser would put its own page.
  const away = (form) => {
    const note = form.querySelector("[data-away]") ?? form.appendChild(document.createElement("p"));
    note.dataset.away = "";
    note.className = "notice notice--warn";
    note.setAttribute("role", "alert");
    note.textContent = document.getElementById("messages").dataset.away;
  };

  // A form marked data-once leaves once: the second click of a double click does nothing. What the person stopped on
  // its way may leave again a little later.
  const PATIENCE = 15_000;
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post" && !navigator.onLine) {
      event.preventDefault();
      away(form);
      return;
    }
    form.querySelector("[data-away]")?.remove();
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
    setTimeout(() => release(form), PATIENCE);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });

  // Menus close on Escape and on a click elsewhere.
  const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = openMenus().pop();
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  // On a phone the filters lie above what they find: their last button, and a search, close them.
  document.addEventListener("click", (event) => {
    const way = event.target.closest("[data-shows]");
    if (!way) return;
    const found = document.getElementById(way.dataset.shows);
    way.closest("details").open = false;
    found.focus({ preventScroll: true });
    found.scrollIntoView();
  });
  document.addEventListener("submit", (event) => {
    for (const filters of event.target.querySelectorAll("details.filters")) filters.open = false;
  });

  // What is wrong comes first, for the eye and for the screen reader.
  const start = (root) => {
    for (const note of root.querySelectorAll("[data-counter]")) count(note);
    root.querySelector("[data-error-summary]")?.focus();
    for (const way of root.querySelectorAll("[data-shows]")) way.hidden = false;
    for (const select of root.querySelectorAll("select[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());
  };
  start(document);

  // What the person opened or closed stays so when htmx brings the same page in another state.
  let folds = new Map();
  let focused = "";
  let height = 0;
  document.addEventListener("htmx:beforeSwap", () => {
    focused = document.activeElement?.id;
    height = document.activeElement?.getBoundingClientRect().top;
    folds = new Map([...document.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const details of event.target.querySelectorAll("details[id]")) if (folds.has(details.id)) details.open = folds.get(details.id);
    const at = focused && document.getElementById(focused);
    if (at && document.activeElement === document.body) at.focus({ preventScroll: true });
    if (at) scrollBy(0, at.getBoundingClientRect().top - height); // what was pressed does not move away
    start(event.target);
  });
})();
