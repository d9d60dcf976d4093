import { type Block, fodt } from './fodt.ts'

const COUNCIL = ['Ordre des experts-comptables', 'Conseil régional de Haute-Armorique'] as const
const FIRM = [
  'Fiduciaire des Quais',
  'Société d’expertise comptable, inscrite au tableau de l’Ordre',
] as const

const ENGAGEMENT: readonly Block[] = [
  ['right', '**Biscuiterie Le Dantec SARL**'],
  ['right', 'Madame Soazig Le Dantec, gérante'],
  ['right', '31, route de la Corniche'],
  ['right', '29996 Kerlouanec'],
  ['right', 'Lannevez-sur-Mer, le 24 novembre 2026'],
  ['title', 'Lettre de mission'],
  ['subtitle', 'Présentation des comptes annuels, exercice du 1er janvier au 31 décembre 2027'],
  ['body', 'Madame,'],
  [
    'body',
    'Nous vous remercions de la confiance que vous nous témoignez. La présente lettre fixe, conformément aux normes professionnelles, les termes et les limites de la mission que vous confiez à notre cabinet. Elle prend effet à la date de sa signature et se renouvelle chaque année par tacite reconduction, sauf dénonciation par lettre recommandée trois mois avant la clôture de l’exercice.',
  ],
  ['heading', '1. Votre entreprise'],
  [
    'body',
    'La biscuiterie emploie neuf salariés et réalise un chiffre d’affaires annuel voisin de 1 240 000 €, dont un tiers par vente en ligne. Elle relève du régime réel normal et de l’impôt sur les sociétés. La comptabilité est tenue dans vos locaux jusqu’à la saisie des pièces.',
  ],
  ['heading', '2. Notre mission'],
  [
    'body',
    'Notre mission de **présentation des comptes** consiste à nous assurer de leur cohérence et de leur vraisemblance. Elle n’est ni un audit ni un examen limité, et n’a pas pour objectif la recherche systématique de fraudes ou de détournements. Elle comprend :',
  ],
  ['item', '–  la révision des comptes et les écritures d’inventaire ;'],
  ['item', '–  l’établissement du bilan, du compte de résultat et de l’annexe ;'],
  ['item', '–  la liasse fiscale et les déclarations de taxe sur la valeur ajoutée ;'],
  [
    'item',
    '–  le passage à la facturation électronique : choix de la plateforme, essais, assistance ;',
  ],
  ['item', '–  un entretien de restitution dans vos locaux, au plus tard le 15 avril 2028.'],
  ['heading', '3. Répartition des travaux'],
  [
    'table',
    [7.6, 3, 2.4, 3.6],
    [
      ['Travaux', 'Votre entreprise', 'Cabinet', 'Échéance'],
      ['Classement et saisie des pièces', 'Oui', '–', 'chaque semaine'],
      ['Rapprochements bancaires', 'Oui', 'Contrôle', 'le 10 du mois'],
      ['Déclarations de TVA', '–', 'Oui', 'le 19 du mois'],
      ['Inventaire physique des stocks', 'Oui', 'Conseil', '31 décembre 2027'],
      ['Révision et comptes annuels', '–', 'Oui', '31 mars 2028'],
      ['Approbation des comptes, dépôt au greffe', 'Oui', 'Conseil', '30 juin 2028'],
    ],
  ],
  ['heading', '4. Honoraires'],
  [
    'table',
    [9.4, 2.4, 2.4, 2.4],
    [
      ['Prestation', 'Durée', 'Taux', 'Hors taxes'],
      ['Révision, comptes annuels et liasse', '46 h', '95,00 €', '4 370,00 €'],
      ['Déclarations mensuelles', '24 h', '72,00 €', '1 728,00 €'],
      ['Facturation électronique : mise en route', '12 h', '95,00 €', '1 140,00 €'],
      ['**Total annuel hors taxes**', '**82 h**', '', '**7 238,00 €**'],
    ],
  ],
  [
    'body',
    'Les honoraires sont facturés par mensualités et payables à trente jours. Ils sont revus chaque année au 1er janvier ; toute prestation hors du champ de la présente lettre fait l’objet d’un accord préalable.',
  ],
  ['heading', '5. Obligations réciproques'],
  [
    'body',
    'Vous nous remettez en temps utile les documents nécessaires et nous confirmez par écrit, si nous le demandons, que les renseignements transmis sont complets. Nous sommes tenus au secret professionnel et à une obligation de moyens. Le cabinet contracte une assurance de responsabilité civile professionnelle auprès d’une compagnie notoirement solvable.',
  ],
  [
    'body',
    'Les données à caractère personnel que vous nous confiez sont traitées aux seules fins de la mission et conservées dix ans. En cas de différend, nous saisirons le président du conseil régional de l’Ordre aux fins de conciliation avant toute action.',
  ],
  [
    'body',
    'Si ces conditions vous agréent, nous vous prions de nous retourner un exemplaire signé. Nous vous prions d’agréer, Madame, l’expression de notre considération distinguée.',
  ],
  [
    'table',
    [8.3, 8.3],
    [
      ['Pour le cabinet', 'Pour l’entreprise, « bon pour accord »'],
      ['Maëlle Tanguy, expert-comptable', 'Soazig Le Dantec, gérante'],
    ],
  ],
]

const MINUTES: readonly Block[] = [
  ['title', 'Procès-verbal de la session du 17 novembre 2026'],
  ['subtitle', 'Maison de l’Ordre, Port-Mériadec, de 14 h 30 à 18 h 05'],
  [
    'body',
    '**Présents :** Claire Le Goff, présidente ; Antoine Marchetti, vice-président ; Sophie Delaunay, trésorière ; Yann Kerouédan, secrétaire ; Nadia Benali, Pierre-Louis Garnier, Hugo Lefèvre, Thomas Œillet, Maëlle Tanguy.',
  ],
  [
    'body',
    '**Représentés :** Inès Fontaine (pouvoir à Maëlle Tanguy), Gwenaël Riou (pouvoir à Yann Kerouédan).',
  ],
  ['body', '**Excusés :** Béatrice Cœurdevey, Marc Quéméner, Élodie Vasseur.'],
  [
    'body',
    'Onze membres sur quatorze étant présents ou représentés, le quorum est atteint. La présidente ouvre la session à 14 h 30 et rappelle l’ordre du jour. Yann Kerouédan est désigné secrétaire de séance.',
  ],
  ['heading', '1. Approbation du procès-verbal de la session du 6 octobre 2026'],
  [
    'body',
    'Le procès-verbal, adressé aux membres le 30 octobre, n’appelle pas d’observation. Il est approuvé à l’unanimité.',
  ],
  ['heading', '2. Inscriptions au tableau'],
  [
    'body',
    'Au nom de la commission du tableau, Nadia Benali présente huit demandes. La commission a vérifié les diplômes, l’honorabilité et l’assurance de chaque candidat ; elle propose d’inscrire les personnes suivantes :',
  ],
  [
    'table',
    [5.6, 6.2, 4.8],
    [
      ['Nom', 'Qualité', 'Inscription proposée'],
      ['Corentin Abgrall', 'Expert-comptable, salarié', '1er décembre 2026'],
      ['Fiduciaire du Léon SELAS', 'Société d’expertise comptable', '1er décembre 2026'],
      ['Aïcha Hamidou', 'Expert-comptable, indépendante', '1er janvier 2027'],
      ['Jean-Noël Prigent', 'Stagiaire, troisième année', '1er décembre 2026'],
    ],
  ],
  [
    'body',
    'Quatre demandes sont renvoyées à la session de décembre, pour pièces manquantes. **Vote :** les quatre inscriptions sont prononcées à l’unanimité.',
  ],
  ['heading', '3. Budget 2027 et cotisations'],
  [
    'body',
    'Sophie Delaunay commente le projet de budget, arrêté à 2 418 000 €. La cotisation fixe progresse de 1,9 % ; le taux de la cotisation proportionnelle demeure à 0,45 %. Thomas Œillet s’interroge sur la hausse des dépenses numériques ; la trésorière précise qu’elle tient au remplacement du parapheur électronique et à l’hébergement des archives dans les locaux de l’Ordre.',
  ],
  [
    'table',
    [7.6, 3, 3, 3],
    [
      ['En euros', 'Budget 2026', 'Budget 2027', 'Écart'],
      ['Missions de contrôle qualité', '498 000', '512 000', '2,8 %'],
      ['Formation et jeunes inscrits', '421 000', '438 000', '4,0 %'],
      ['Personnel', '881 000', '894 000', '1,5 %'],
      ['Locaux, numérique, imprévus', '539 000', '574 000', '6,5 %'],
      ['**Total des charges**', '**2 339 000**', '**2 418 000**', '**3,4 %**'],
    ],
  ],
  [
    'body',
    '**Vote :** la délibération n° 2026-31 (cotisations) est adoptée à l’unanimité. La délibération n° 2026-32 (budget) est adoptée par dix voix ; Thomas Œillet s’abstient.',
  ],
  ['heading', '4. Contrôle qualité'],
  [
    'body',
    'Antoine Marchetti dresse le bilan de la campagne : 87 cabinets contrôlés, 79 conclusions favorables, 6 avec observations, 2 nouveaux contrôles sous un an. Les observations portent surtout sur les lettres de mission non signées et la conservation des preuves de diligence.',
  ],
  ['heading', '5. Délégations de signature'],
  [
    'body',
    'La présidente propose que le sceau électronique du conseil soit apposé par les services sur les attestations d’inscription et les appels de cotisation, dans les limites d’une délégation écrite, révocable à tout moment et inscrite au journal. Le conseil émet un avis favorable ; le texte sera soumis au vote en décembre.',
  ],
  ['heading', '6. Questions diverses'],
  [
    'body',
    'Pierre-Louis Garnier signale la journée « Jeunes et métiers du chiffre » du 4 février 2027. Nul ne demandant plus la parole, la session est levée à 18 h 05.',
  ],
  [
    'table',
    [8.3, 8.3],
    [
      ['La présidente', 'Le secrétaire de séance'],
      ['Claire Le Goff', 'Yann Kerouédan'],
    ],
  ],
]

const REVIEW: readonly Block[] = [
  ['title', 'Rapport de contrôle qualité'],
  ['subtitle', 'Dossier CQ-2026-054 · Cabinet Tanguy et associés · confidentiel'],
  [
    'body',
    'Le contrôle s’est déroulé les 12 et 13 octobre 2026 dans les locaux du cabinet, à Lannevez-sur-Mer. Il a porté sur les procédures du cabinet et sur six dossiers tirés au sort parmi cent quatre-vingt-douze.',
  ],
  ['heading', '1. Organisation du cabinet'],
  [
    'table',
    [8.4, 2.6, 5.6],
    [
      ['Point examiné', 'Avis', 'Observation'],
      ['Manuel de procédures', 'Conforme', 'mis à jour en mars 2026'],
      ['Indépendance et conflits d’intérêts', 'Conforme', 'déclarations annuelles signées'],
      ['Formation des collaborateurs', 'Conforme', 'moyenne de 41 h par personne'],
      ['Lutte contre le blanchiment', 'À compléter', 'classification des risques de 2024'],
      ['Sauvegarde et sécurité des données', 'Conforme', 'essai de restauration trimestriel'],
    ],
  ],
  ['heading', '2. Dossiers examinés'],
  [
    'table',
    [2.2, 5.4, 3, 3, 3],
    [
      ['Dossier', 'Activité', 'Lettre', 'Diligences', 'Avis'],
      ['D-017', 'Boulangerie', 'signée', 'complètes', 'favorable'],
      ['D-046', 'Maçonnerie générale', 'signée', 'complètes', 'favorable'],
      ['D-081', 'Association sportive', 'non signée', 'complètes', 'observation'],
      ['D-102', 'Négoce de vins', 'signée', 'complètes', 'favorable'],
      ['D-133', 'Édition de logiciels', 'signée', 'à préciser', 'observation'],
      ['D-170', 'Pêche artisanale', 'signée', 'complètes', 'favorable'],
    ],
  ],
  ['heading', '3. Conclusion'],
  [
    'body',
    'Les procédures sont appliquées et les travaux documentés. Deux observations sont formulées : la lettre de mission du dossier D-081 doit être signée par les deux parties ; les contrôles de coupure du dossier D-133 doivent être conservés. Le cabinet dispose de trois mois pour y répondre par écrit.',
  ],
  ['body', '**Avis du contrôleur : favorable avec observations.**'],
  ['right', 'Fait à Port-Mériadec, le 6 novembre 2026'],
  ['right', 'Pierre-Louis Garnier, contrôleur qualité'],
]

const FEES: readonly Block[] = [
  ['right', '**Biscuiterie Le Dantec SARL**'],
  ['right', '31, route de la Corniche'],
  ['right', '29996 Kerlouanec'],
  ['title', 'Note d’honoraires n° 2026-1124'],
  ['subtitle', 'Lannevez-sur-Mer, le 24 novembre 2026 · échéance le 24 décembre 2026'],
  [
    'table',
    [8.2, 2.2, 3, 3.2],
    [
      ['Prestation', 'Durée', 'Taux', 'Hors taxes'],
      ['Situation intermédiaire au 30 septembre 2026', '9 h', '95,00 €', '855,00 €'],
      ['Déclarations de TVA, août à octobre', '6 h', '72,00 €', '432,00 €'],
      ['Étude : vente en ligne et guichet unique européen', '4 h', '110,00 €', '440,00 €'],
      ['**Total hors taxes**', '', '', '**1 727,00 €**'],
      ['TVA à 20 %', '', '', '345,40 €'],
      ['**Net à payer**', '', '', '**2 072,40 €**'],
    ],
  ],
  [
    'body',
    'Règlement par virement à trente jours. Tout retard entraîne une pénalité au taux de trois fois l’intérêt légal et une indemnité forfaitaire de 40 €. Pas d’escompte pour paiement anticipé.',
  ],
  [
    'small',
    'Fiduciaire des Quais SAS au capital de 50 000 € · 4, rue du Port-aux-Vins, 29998 Lannevez-sur-Mer · RCS Port-Mériadec 000 000 000 · TVA FR 00 000 000 000',
  ],
]

/** What Writer sets, as the text it opens. */
export const WRITER_DOCUMENTS = {
  engagement: fodt({ title: 'Lettre de mission', organisation: FIRM, blocks: ENGAGEMENT }),
  minutes: fodt({ title: 'Procès-verbal n° 2026-09', organisation: COUNCIL, blocks: MINUTES }),
  review: fodt({ title: 'Rapport CQ-2026-054', organisation: COUNCIL, blocks: REVIEW }),
  fees: fodt({ title: 'Note d’honoraires n° 2026-1124', organisation: FIRM, blocks: FEES }),
} as const
