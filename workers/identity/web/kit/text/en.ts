import type { PasswordRefusal } from '../../../accounts/check-password.ts';
import type { FieldFault } from '../fields.ts';
import type { PageErrorKind } from '../page-error.ts';
import { inspector } from './en-inspector.ts';

const plural = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

/** Everything that the pages say, in English. The sections are named after the pages. */
export const en = {
  lang: 'en',
  dir: 'ltr',

  documentTitle: (page: string, brand: string): string => `${page} – ${brand}`,
  /** Of a page whose form was refused: screen readers read the title first. */
  refusedTitle: (page: string): string => `Error: ${page}`,
  optional: 'optional',

  field: {
    email: 'Email',
    password: 'Password',
    displayName: 'Display name',
    firstName: 'First name',
    lastName: 'Last name',
    company: 'Company',
    avatarUrl: 'Picture',
    username: 'Username',
    currentPassword: 'Current password',
    newPassword: 'New password',
    code: 'Code',
  },

  hint: {
    newPassword: 'At least 8 characters. A few unrelated words make a good one.',
    displayName: 'How applications may call you.',
    avatarUrl: 'The address of a picture of you, such as https://pictures.example.com/ada.png.',
    username: '3 to 32 letters, digits and underscores.',
    code: 'As shown on your device.',
  },

  fault: {
    required: 'Fill this in.',
    email_malformed: 'Enter an email address, such as ada@example.com.',
    email_taken: 'There is an account with this email already. Sign in instead.',
    password_wrong: 'This is not your current password.',
    display_name_malformed: 'Use one line of 1 to 64 visible characters.',
    name_malformed: 'Use one line of 1 to 64 visible characters.',
    company_malformed: 'Use one line of 1 to 128 visible characters.',
    picture_malformed: 'Use an address that begins with https://.',
    username_malformed: 'Use 3 to 32 letters, digits and underscores.',
    username_reserved: 'This username is reserved. Choose another one.',
    username_taken: 'Somebody else has this username.',
    password_malformed: 'This password has characters that are not text.',
    password_too_short: 'Use at least 8 characters.',
    password_too_long: 'Use at most 128 characters.',
    password_blank: 'Use something besides spaces.',
    password_repeated: 'This is one character, repeated. Choose another password.',
    password_common: 'Too many people use this password. Choose another one.',
    password_contains_name: 'Do not use your email, username or display name in the password.',
  } satisfies Record<FieldFault, string>,

  signIn: {
    title: 'Sign in',
    submit: 'Sign in',
    toContinue: (client: string): string => `to continue to ${client}`,
    again: 'Enter your password again: this needs a fresh sign-in.',
    create: 'Create account',
    newHere: 'New here?',
    or: 'or',
    withProvider: (provider: string): string => `Continue with ${provider}`,
  },

  refusal: (refusal: PasswordRefusal): string =>
    refusal.reason === 'wrong'
      ? 'The email or the password is wrong.'
      : `Too many failed attempts. Try again in ${plural(Math.ceil(refusal.retryAfter / 60), 'minute', 'minutes')}.`,

  chooseAccount: {
    title: 'Choose an account',
    continueAs: (who: string): string => `Continue as ${who}`,
    another: 'Use another account',
  },

  createAccount: {
    title: 'Create account',
    submit: 'Create account',
    haveOne: 'Have an account?',
    signIn: 'Sign in',
  },

  completeAccount: {
    title: 'One thing is missing',
    lead: (provider: string): string =>
      `${provider} does not tell us your email address. Your account needs one.`,
  },

  social: {
    /** Why a sign-in with a provider has led back to the sign-in page. */
    notices: {
      denied: (provider: string): string => `You did not sign in with ${provider}.`,
      failed: (provider: string): string => `Signing in with ${provider} did not work. Try again.`,
      unavailable: (provider: string): string =>
        `${provider} does not answer at the moment. Try again soon, or sign in another way.`,
      banned: (provider: string): string => `${provider} has banned this player.`,
    },
    proof: (provider: string, email: string): string =>
      `There is an account with the email ${email}. Sign in to it once more, and ${provider} will be linked to it.`,
  },

  consent: {
    title: (client: string): string => `${client} wants access to your account`,
    signedInAs: (who: string): string => `Signed in as ${who}.`,
    notYou: 'Not you?',
    gets: (client: string): string => `If you allow it, ${client} may`,
    again: 'You have allowed this before. It asks once more.',
    allow: 'Allow',
    deny: 'Deny',
    after: 'You can take this back at any time on your account page.',
    returnsTo: 'Your answer goes to',
    byAdministrator: 'Reviewed by the people who run this service',
    byDomain: (domain: string): string => `Published by ${domain}`,
    byDomainMore: 'This web address is verified. The name above is what its owner chose.',
    byNobody: 'Nobody has checked who made this application',
    byNobodyMore:
      'It registered itself and chose its own name. Allow it only if you started this yourself and know where your answer goes.',
    localMore:
      'Another app on this device could pretend to be it. Allow it only if you started this yourself.',
    website: 'Website',
    policy: 'Privacy policy',
    terms: 'Terms of service',
  },

  scopes: {
    openid: 'Recognise you when you come back',
    profile: 'See your name, username and picture',
    email: 'See your email address',
    phone: 'See your phone number',
    address: 'See your postal address',
    offline_access: 'Keep this access while you are away, until you take it back',
    groups: 'See which roles you have here',
    roles: 'See which roles you have here, and act with them',
    account: 'See and change your profile here, and end your sessions',
    connect:
      'Connect in your name: receive live messages meant for you, and use the services here as you',
  } as Readonly<Record<string, string>>,
  otherScope: (scope: string): string => `Use the permission “${scope}”`,
  claims: (names: string): string => `See these details of yours: ${names}`,
  resource: (resource: string): string => `Act for you at ${resource}`,
  detail: (type: string): string => `Do this in your name: ${type}`,
  yes: 'yes',
  no: 'no',

  device: {
    title: 'Connect a device',
    intro: 'Enter the code that your device shows.',
    next: 'Continue',
    unknown:
      'There is no device waiting with this code. Look at it again: codes end after a while.',
    confirmTitle: (client: string): string => `Connect ${client}?`,
    compare: 'Does your device show exactly this code?',
    warning:
      'If somebody sent you this code or a link to this page, deny it: they would get into your account.',
    allowedTitle: 'Device connected',
    allowed: 'You can close this page and go back to your device.',
    deniedTitle: 'Device not connected',
    denied: 'Nothing was allowed. You can close this page.',
  },

  request: {
    waiting: 'Requests waiting for you',
    requestedAt: (when: string): string => `Asked ${when}`,
    review: 'Review',
    reviewOf: (client: string): string => `Review the request of ${client}`,
    title: (client: string): string => `Is this you at ${client}?`,
    compare: (client: string): string => `Does ${client} show exactly this?`,
    warning: 'If you have not just started this yourself, deny it.',
  },

  account: {
    title: 'Your account',
    signOut: 'Sign out',
    save: 'Save',
    profile: 'Profile',
    emailIs: 'Email',
    verified: 'verified',
    unverified: 'not verified',

    security: 'Security',
    changePassword: 'Change password',
    changeHint: 'Changing your password signs you out everywhere else.',

    sessions: 'Where you are signed in',
    thisSession: 'This browser',
    lastActive: (when: string): string => `last active ${when}`,
    endSession: 'Sign out',
    endSessionOf: (device: string): string => `Sign out ${device}`,
    endOthers: 'Sign out everywhere else',
    onlyHere: 'You are signed in nowhere else.',
    deviceOn: (browser: string, system: string): string => `${browser} on ${system}`,
    unknownDevice: 'Unknown device',
    through: (client: string): string => `${client}, with your permission`,

    applications: 'Applications with access',
    noApplications: 'No application has access to your account.',
    allowedAt: (when: string): string => `Allowed ${when}`,
    may: 'What it may do',
    withdraw: 'Remove access',
    withdrawOf: (client: string): string => `Remove access of ${client}`,

    identities: 'Linked accounts',
    link: (provider: string): string => `Link ${provider}`,
    unlink: 'Unlink',
    unlinkOf: (identity: string): string => `Unlink ${identity}`,
    identity: (provider: string, name: string): string => `${provider}: ${name}`,

    done: {
      profile: 'Your profile is saved.',
      password: 'Your password is changed. You are signed out everywhere else.',
      session: 'That session is ended.',
      sessions: 'You are signed out everywhere else.',
      application: 'That application has no access any more.',
      linked: 'It is linked: you can sign in with it from now on.',
      unlinked: 'It is unlinked.',
      allowed: 'Allowed. You can go back to where you started this.',
      denied: 'Denied. Nothing was allowed.',
    },

    problem: {
      denied: 'Nothing was linked.',
      failed: 'Linking did not work. Try again.',
      unavailable: 'That service does not answer at the moment. Try again soon.',
      banned: 'That service has banned this player. Nothing was linked.',
      elsewhere: 'This is linked to another account already.',
      last: 'It is the only way into your account: link another one first.',
    },
  },

  queue: {
    title: 'You are in the queue',
    lead: 'Everything is full at the moment. Keep this page open: it takes you back as soon as it is your turn.',
    finding: 'Finding your place…',
    position: (position: string): string => `You are number ${position}.`,
    eta: {
      unknown: 'Nobody knows yet how long it takes.',
      soon: 'Less than a minute to go.',
      minute: 'About a minute to go.',
      minutes: (minutes: string): string => `About ${minutes} minutes to go.`,
      hours: 'More than two hours to go.',
    },
    trouble:
      'The service does not answer at the moment. We keep asking; your place is kept for two minutes.',
    leave: 'Leave the queue',
    lostTitle: 'You have no place in the queue',
    lost: 'It was given up, or was not asked for in time, or you came here without one. Go back to queue again.',
    goBack: 'Go back',
    noScript: 'This page needs JavaScript to keep your place.',
  },

  inspector,

  signedOut: {
    title: 'You are signed out',
    detail: 'You can close this page, or sign in again.',
    signIn: 'Sign in',
    elsewhere: 'Your applications are being told, too.',
    goOn: (client: string): string => `Continue to ${client}`,
  },

  signOut: {
    title: 'Sign out?',
    by: (client: string): string => `${client} asks to sign you out.`,
    detail: 'You will be signed out here, and of the applications that you use with this sign-in.',
    submit: 'Sign out',
    stay: 'Stay signed in',
  },

  goingOn: {
    title: 'One moment',
    detail: 'You go on to',
    link: 'Continue',
  },

  leaving: {
    title: 'This link leads to another site',
    goesTo: 'It goes on to',
    warning:
      'Go on only if you came from there yourself. If a message or a page of somebody else brought you here, close this page.',
    goOn: 'Continue',
    stay: 'Do not go there',
    /** Before somebody who is asked whether to sign out. */
    after: 'Afterwards you go on to',
  },

  home: {
    title: 'Start page',
    lead: 'Sign-in and accounts for the applications that use them.',
    account: 'Your account',
    docs: 'For developers: the API',
  },

  error: {
    details: 'Details for support',
    goBack: 'Nothing was done. Go back and try again.',
    code: 'Error',
    correlation: 'Request',
  },

  requestRefused: {
    title: 'The application asked for something that cannot be done',
    detail:
      'Nothing was sent to it. Go back and try again; if it happens again, tell the makers of the application what is below.',
  },

  formPost: {
    title: 'Back to the application',
    button: 'Continue',
  },

  errors: {
    interaction_over: {
      title: 'This page has expired',
      detail:
        'It was open for too long, was finished already, or belongs to another browser. Go back to the application and start again.',
    },
    logout_refused: {
      title: 'This request to sign out cannot be followed',
      detail:
        'The application that sent you here asked for something that it is not registered for. You have not been signed out.',
    },
    return_refused: {
      title: 'This link leads nowhere',
      detail:
        'The application that sent you here did not say where to go on, or named a place that is not among those allowed. Go back and try again.',
    },
    form_foreign: {
      title: 'This form did not come from here',
      detail:
        'It was open for too long, or another site sent it. Nothing was done. Go back, reload the page and try again; your browser must keep cookies for it.',
    },
    form_malformed: {
      title: 'This form cannot be read',
      detail: 'Nothing was done. Go back, reload the page and try again.',
    },
    form_too_large: {
      title: 'That is too much text',
      detail: 'Nothing was done. Go back and send less.',
    },
    not_found: { title: 'There is nothing here', detail: 'The address may have been mistyped.' },
    too_many: {
      title: 'Too many attempts',
      detail: 'Too many attempts came from your network. Wait a minute and try again.',
    },
    unavailable: {
      title: 'We cannot do this at the moment',
      detail: 'A part of the service does not answer. Nothing is wrong with you: try again soon.',
    },
    failed: {
      title: 'Something went wrong on our side',
      detail: 'It has been noted. Try again; if it happens again, tell support what is below.',
    },
  } satisfies Record<PageErrorKind, { readonly title: string; readonly detail: string }>,
};
