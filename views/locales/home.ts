import { bilingual } from './locale.ts'

/** The first page after sign-in. */
export const homeWords = bilingual(
  {
    title: 'Accueil',
    hello: (name: string) => `Bonjour ${name}`,
    waitsTitle: 'Ce qui vous attend',
    nothingWaits: 'Rien ne vous attend pour l’instant.',
    since: 'depuis le',
    open: 'Ouvrir',
    placesTitle: 'Vos accès',
    chooseTitle: 'Choisissez pour qui vous agissez',
    chooseText:
      'Vous appartenez à plusieurs organisations, qui ne voient rien les unes des autres. Ce que vous faites ensuite est fait au nom de celle que vous choisissez ici.',
    actFor: (organisation: string) => `Agir pour ${organisation}`,
    noneTitle: 'Vous n’appartenez encore à aucune organisation',
    noneText:
      'Votre compte est ouvert, mais aucune organisation ne vous a encore donné de rôle, ou votre rôle a pris fin.',
    noneNext: 'Que faire maintenant',
    noneSteps: {
      invitation: 'Si vous avez reçu une invitation par courriel, ouvrez le lien qu’elle contient.',
      ask: 'Sinon, demandez au secrétaire général de votre conseil, ou au responsable de votre cabinet, de vous inviter à votre adresse de courriel.',
      profile: 'En attendant, vérifiez vos moyens de connexion dans votre profil.',
    },
    profile: 'Ouvrir mon profil',
  },
  {
    title: 'Home',
    hello: (name: string) => `Hello ${name}`,
    waitsTitle: 'What waits for you',
    nothingWaits: 'Nothing waits for you at the moment.',
    since: 'since',
    open: 'Open',
    placesTitle: 'Where you may go',
    chooseTitle: 'Choose for whom you act',
    chooseText:
      'You belong to several organisations, which see nothing of one another. What you do next is done in the name of the one you choose here.',
    actFor: (organisation: string) => `Act for ${organisation}`,
    noneTitle: 'You belong to no organisation yet',
    noneText:
      'Your account is open, but no organisation has given you a role yet, or your role has ended.',
    noneNext: 'What to do now',
    noneSteps: {
      invitation: 'If you have received an invitation by e-mail, open the link in it.',
      ask: 'Otherwise ask the secretary general of your council, or the head of your firm, to invite you at your e-mail address.',
      profile: 'Meanwhile, check your ways to sign in, in your profile.',
    },
    profile: 'Open my profile',
  },
)
