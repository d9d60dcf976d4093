/** Where a visible seal looks well on the last page of each sample: x, y, width, height in points. */
export const PLACES: Readonly<Record<string, string>> = {
  'facture-cotisation.pdf': '51,40,220,62',
  'lettre-de-mission.pdf': '62,300,230,70',
  'proces-verbal-session.pdf': '62,420,230,70',
  'note-honoraires.pdf': '330,360,200,66',
  'attestation-inscription.pdf': '330,110,200,62',
  'convocation-session.pdf': '372,60,170,42',
  'tableau-inscriptions.pdf': '594,32,200,56',
  'demande-inscription.pdf': '56,122,220,76',
  'attestation-formation.pdf': '370,60,206,56',
  'rapport-controle-qualite.pdf': '62,100,230,70',
  'deliberation-signee.pdf': '68,30,200,44',
}
