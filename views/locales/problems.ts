import { bilingual } from './locale.ts'

/** What a person is told when something did not work, by the slug of its problem. */
export const problemWords = bilingual(
  {
    back: 'Revenir à l’accueil',
    signIn: 'Se connecter',
    requestId: 'Numéro de la demande',
    quote:
      'Donnez ce numéro à votre administrateur\u202f: il retrouve la demande dans le journal technique.',

    titles: {
      'document-too-large': 'Ce fichier est trop volumineux',
      'first-run-unfinished': 'Cet appareil n’est pas encore installé',
      'hsm-unavailable': 'Le HSM ne répond pas',
      internal: 'Une erreur interne s’est produite',
      'invalid-request': 'Cette demande n’est pas valable',
      'not-authorised': 'Vous n’avez pas ce droit',
      'not-found': 'Page introuvable',
      'storage-full': 'L’espace de stockage est plein',
      'too-many-requests': 'Trop de tentatives',
      unauthenticated: 'Vous n’êtes pas connecté',
      other: 'Cette demande n’a pas abouti',
    },
    texts: {
      'document-too-large': 'Choisissez un fichier plus petit et recommencez.',
      'first-run-unfinished':
        'La personne qui installe l’appareil doit ouvrir le lien affiché à son premier démarrage.',
      'hsm-unavailable':
        'Rien n’a été signé. L’appareil essaie de nouveau tout seul\u202f; recommencez dans quelques instants.',
      internal: 'Elle est inscrite au journal technique\u202f; rien n’a été signé à votre insu.',
      'invalid-request':
        'Revenez à la page précédente, vérifiez ce que vous avez saisi et recommencez.',
      'not-authorised':
        'Votre fonction dans cette organisation ne le permet pas, ou votre page a été ouverte avant un changement de session. Revenez à l’accueil et recommencez, ou adressez-vous au secrétaire général.',
      'not-found':
        'Il n’y a rien à cette adresse, ou ce que vous cherchez appartient à une autre organisation.',
      'storage-full': 'Prévenez l’administrateur\u202f: il doit libérer de la place.',
      'too-many-requests': 'Patientez quelques minutes avant de recommencer.',
      unauthenticated: 'Connectez-vous pour continuer.',
      other: 'Revenez à l’accueil et recommencez.',
    },
  },
  {
    back: 'Back to the home page',
    signIn: 'Sign in',
    requestId: 'Number of the request',
    quote:
      'Give this number to your administrator, who finds the request by it in the technical log.',

    titles: {
      'document-too-large': 'This file is too large',
      'first-run-unfinished': 'This appliance is not set up yet',
      'hsm-unavailable': 'The HSM does not answer',
      internal: 'An internal error happened',
      'invalid-request': 'This request is not valid',
      'not-authorised': 'You may not do this',
      'not-found': 'Page not found',
      'storage-full': 'The storage is full',
      'too-many-requests': 'Too many attempts',
      unauthenticated: 'You are not signed in',
      other: 'This request did not succeed',
    },
    texts: {
      'document-too-large': 'Choose a smaller file and try again.',
      'first-run-unfinished':
        'Whoever installs the appliance must open the link that its first start has printed.',
      'hsm-unavailable':
        'Nothing was signed. The appliance tries again by itself; come back in a moment.',
      internal: 'It is in the technical log; nothing was signed without your knowledge.',
      'invalid-request': 'Go back to the page before, check what you entered and try again.',
      'not-authorised':
        'Your function in this organisation does not allow it, or your page was opened before the session changed. Go back to the home page and try again, or ask the secretary general.',
      'not-found':
        'There is nothing at this address, or what you look for belongs to another organisation.',
      'storage-full': 'Tell the administrator, who has to make room.',
      'too-many-requests': 'Wait a few minutes before you try again.',
      unauthenticated: 'Sign in to go on.',
      other: 'Go back to the home page and try again.',
    },
  },
)
