"""Sentences that any company may say of itself."""

STREETS = (
    "des Ateliers", "de la Filature", "des Tanneurs", "du Moulin", "des Forges", "de l'Industrie", "du Port",
    "Ampère",
    "des Peupliers", "de la Gare", "des Artisans", "du Champ-de-Mars", "Pasteur", "des Frères-Lumière",
    "de la République",
)  # fmt: skip
WORKSHOPS = (
    "Notre site {of_town} réunit {staff} personnes sur {area} m².",
    "Entreprise familiale de {staff} personnes, nous sommes installés {at_town}.",
    "Nous sommes {staff}, dont un bureau d'études intégré à notre site {of_town}.",
    "Depuis notre site {of_town}, nos {staff} collaborateurs suivent chaque affaire du premier appel à la réception.",
    "Installés {at_town} sur {area} m², nous employons {staff} personnes et formons des apprentis chaque année.",
)
