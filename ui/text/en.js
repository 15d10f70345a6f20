// Owns the English words of the window.
// Refuses to know when they are shown.
// Invariant: the same shape as the Japanese, entry by entry.

/** @param {number} seconds in round words */
function howLong(seconds) {
  /** @param {number} count @param {string} unit */
  const some = (count, unit) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (seconds > 3600) return some(Math.ceil(seconds / 3600), 'hour');
  return seconds > 60 ? some(Math.ceil(seconds / 60), 'minute') : some(Math.ceil(seconds / 10) * 10, 'second');
}

/** Two units are enough to believe it. @param {import('../api.js').ClockOff} off */
function howFar({ minutes, seconds }) {
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} d${hours % 24 ? ` ${hours % 24} h` : ''}`;
  if (hours > 0) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${minutes ? `${minutes} min ` : ''}${seconds} s`;
}

/** @type {import('./ja.js').Text} */
export const en = {
  title: 'One-time password',
  language: { name: 'English', other: '日本語', label: '日本語で表示する' },
  menu: 'Menu',
  back: 'Back',
  retry: 'Try again',
  failedStart: 'This page could not be shown. Please close the app and open it again.',

  setup: {
    title: 'Initial setup',
    lead: 'Enter the numbers that Internet banking showed when the token was issued.',
    ways: [
      'If this device shows them, you can also press “Open in the app on this device” there, or paste the text below the QR code into a field below.',
      'If a computer shows them, some phones open this app with the numbers when their camera reads the QR code.',
    ],
    serviceId: { label: 'Service ID', hint: '8 digits' },
    userId: { label: 'User ID', hint: '12 digits' },
    startPassword: { label: 'Start password', hint: 'The 4 to 8 digits you chose when you applied' },
    show: 'Show',
    hide: 'Hide',
    showLabel: 'Show the start password',
    hideLabel: 'Hide the start password',
    notDigits: 'Please enter digits only.',
    nothing: (label) => `Please enter: ${label}.`,
    tooShort: (missing, wanted) => `${missing} more ${missing === 1 ? 'digit is' : 'digits are'} needed (${wanted} digits).`,
    tooLong: (extra, wanted) => `There ${extra === 1 ? 'is 1 digit' : `are ${extra} digits`} too many (${wanted} digits).`,
    noticeTitle: 'Please read this before you start.',
    notice: [
      'This token works on this device only. To keep it from being copied or stolen, it cannot be moved to another one.',
      'Before you change your device or delete this app, release the token in Internet banking. Without that you will not be able to use it any more.',
    ],
    agree: 'I agree to the above.',
    missing: (missing) => `Still needed before sending: ${missing.join(', ')}`,
    missingAgreement: 'your agreement',
    ready: 'Everything is filled in.',
    submit: 'Send',
    submitting: 'Sending…',
    submittingHint: 'Checking. Please wait.',
    removed: 'The token was removed from this device.',
    pasted: 'The service ID and the user ID were filled in.',
    unreadable: 'The numbers could not be read from what was pasted. Paste all of the text below the QR code, or type the numbers.',
  },

  resuming: {
    title: 'Checking the initial setup',
    lead: 'Your numbers were right. We are waiting for the institution to answer.',
    kept: 'You may close the app: it goes on from here when you open it again. Nothing has to be entered twice.',
    checking: 'Checking…',
    offline: 'There is no connection. Please check your signal or Internet access. It goes on by itself.',
    busy: 'The institution’s centre is busy. It goes on by itself in a while.',
    again: (seconds) => `Checking again in ${seconds} s.`,
    now: 'Check now',
    others: 'Show the codes of other tokens',
  },

  done: {
    title: 'Initial setup complete',
    lead: 'The initial setup is complete.',
    institution: 'Institution',
    check: 'Please make sure that this is the name of your institution.',
    points: [
      'Set this device’s date and time to automatic, and its time zone to Japan (Tokyo).',
      'The one-time password changes every 60 seconds. Each time, use the one on show.',
      'Now start using the token: enter the code on show in Internet banking.',
    ],
    clockTitle: 'Your clock is off',
    clock: (off) => `This device’s clock is ${howFar(off)} ${off.is_ahead ? 'fast' : 'slow'}.`,
    clockHint: 'Codes may be refused like this. Please set date and time to automatic.',
    next: 'Next',
  },

  code: {
    title: 'One-time password',
    spoken: (first, second) => `${[...first].join(' ')}, ${[...second].join(' ')}`,
    changed: (spoken) => `New code: ${spoken}`,
    before: '',
    after: 's left',
    then: 'Then the code changes',
    soon: 'The code is about to change',
    nextIsShown: 'This is the next code',
    copy: 'Copy',
    copied: (seconds) => `Copied (cleared in ${seconds} s).`,
    next: 'Show the next code',
    serial: 'Serial no.',
    startedOn: 'Started on',
    expiresAt: 'Valid until',
    japanTime: '(Japan time)',
    hidden: 'The code was hidden because the app was not in use.',
    reveal: 'Show the code',
    clockWasSet: 'This device’s clock was changed. Your institution’s centre is being asked for the right time.',
    clockUnasked: 'This device’s clock was changed, and the right time could not be looked up. Please make sure that date and time are right.',
    sign: 'Approve a transfer',
    about: 'Device, clock, history',
    remove: 'Release or remove the token',
    tokens: 'All tokens, add one',
  },

  tokens: {
    title: 'Your tokens',
    lead: 'Choose the institution whose code you need.',
    unnamed: '(The name cannot be read)',
    add: 'Add a token',
    standings: {
      issued: 'Use not started yet',
      suspended: 'Suspended',
      revoked: 'Released',
      replaced: 'Replaced by a new token',
      void: 'Use was not started in time',
      expired: 'Expired',
      gone: 'Not in use at your institution',
    },
    full: 'This device holds up to 10 tokens. To add one, first remove one that you do not use.',
  },

  remove: {
    title: 'Releasing the token',
    whys: {
      released: {
        first: [
          'Release the token in Internet banking first. You need a code from this app for that.',
          'When that is done, remove the token from this device.',
          'If you remove it before it is released, no code can be shown any more, and you will have to visit your institution.',
        ],
        proceed: 'It is released. Go on to removal',
      },
      useless: {
        first: [
          'This clears what is left on this device and goes back to the initial setup. Your registration at the institution does not change.',
          'To use a token again, release the old one in Internet banking, then have a new one issued.',
          'If you cannot sign in, please contact your institution.',
        ],
        proceed: 'Go on to removal',
      },
      ended: {
        first: [
          'The codes of this token are not accepted any more.',
          'Removing what is left of it changes neither your registration nor your other tokens.',
        ],
        proceed: 'Go on to removal',
      },
    },
    secondTitle: 'Remove the token?',
    second: 'This device will no longer show one-time passwords. This cannot be undone.',
    confirm: 'Remove',
    keep: 'Do not remove',
  },

  about: {
    title: 'Device, clock, history',
    clock: 'Clock',
    checking: 'Asking your institution’s centre…',
    check: 'Check again',
    clockIsFine: 'This device’s clock is right.',
    clockIsRight: 'Codes are made with your institution’s time, so they work as they are. Please set this device’s date and time to automatic.',
    unasked: 'The clock and the last uses can be checked while there is a connection. Codes need none. With a date or time that is far off there may be no connection.',
    uses: 'Last uses',
    noUses: 'There are no uses yet.',
    unknownUses: 'The last uses could not be looked up.',
    wrongLeft: (left) => `A wrong code was entered lately. After ${left} more the token is suspended.`,
    purposes: {
      sign_in: 'Sign-in',
      transfer: 'Transfer',
      change: 'Change of registered data or limit',
      activate: 'Start of use',
      revoke: 'Release',
      resync: 'Clock adjustment',
      signature: 'Approval of a transfer',
    },
    results: {
      accepted: 'Accepted',
      used: 'Refused: the code had been used before',
      wrong: 'Refused: the code was wrong',
      suspended: 'Refused: the token was suspended',
      expired: 'Refused: the token had expired',
      not_activated: 'Refused: use had not been started',
      not_registered: 'Refused: there was no registered token',
    },
    stopHint: 'If there is a use that was not yours, stop the token at once.',
    stop: 'This was not me',
    licences: 'Licences',
    level: 'How the key is kept',
    levels: {
      sealed: {
        name: 'Sealed in the keyring',
        promises: 'The key behind the codes lies sealed in this device’s keyring. The seal does not open on another device, even if the app’s data and the keyring are copied there.',
        limits: 'It does not protect against malicious programs on this device, nor against its administrator.',
      },
      device_only: {
        name: 'In a store of this device alone',
        promises: 'The key behind the codes lies in a store that never leaves this device. Backups and transfers do not carry it, and other apps cannot read it.',
        limits: 'It does not protect a device whose restrictions were removed (rooted and the like).',
      },
      hardware_wrapped: {
        name: 'Sealed by the security chip',
        promises: 'The key behind the codes lies under a seal that only this device’s security chip opens. The storage of this device is useless elsewhere.',
        limits: 'It does not protect against reading the memory while a code is being computed.',
      },
      hardware_computed: {
        name: 'Computed in the security chip',
        promises: 'The key behind the codes is inside this device’s security chip, and the codes are computed there. Not even the administrator of the device can take it out.',
        limits: 'A malicious program on this device could have codes computed while it is here.',
      },
    },
    why: 'Why no security chip is used',
    withoutHardware: {
      not_built: 'This app does not support the security chip of this kind of device.',
      missing: 'This device has no usable security chip (on a computer: TPM 2.0).',
      forbidden: 'This user may not use the security chip (TPM). Please ask whoever looks after the device (on many devices the user is added to the group tss).',
      busy: 'Another program was using the security chip (TPM) during the set-up.',
      failed: 'The security chip did not answer properly during the set-up.',
    },
    stays: 'How the key is kept is settled during the set-up. To change it, have a new token issued.',
    version: 'Version of the app',
  },

  manner: {
    title: 'Display',
    language: 'Language',
    languages: { system: 'As the device', ja: '日本語', en: 'English' },
    text: 'Text size',
    texts: { normal: 'Normal', large: 'Large', larger: 'Larger', largest: 'Largest' },
    theme: 'Colours',
    themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
    offersNext: 'Offer “Show the next code” in the last 5 seconds',
  },

  licences: {
    title: 'Licences',
    lead: 'This app contains the following parts. Our thanks go to those who made them.',
  },

  notes: {
    copySuspected: 'This token may have been copied. If you cannot explain it, stop the token under “Device, clock, history” in the menu and contact your institution.',
    suspended: 'This token is suspended, and no code is accepted. Please contact your institution to have it lifted.',
    ended: {
      revoked: 'This token was released. Its codes are not accepted any more.',
      replaced: 'A new token has taken over. The codes of this one are not accepted any more.',
      void: 'Use was not started in time, so this token cannot be used any more.',
      expired: 'This token has expired. Its codes are not accepted any more.',
      gone: 'Your institution’s centre did not take this token for one in use. This happens after a release, a renewal or a restored backup. Please look at your registration.',
    },
    remove: 'Remove it from this device',
    notActivated: (until) => `Enter this code under “start using the token” in Internet banking; then it can be used. Please do so by ${until} (Japan time).`,
    clockIsRight: ' The code is made with your institution’s time.',
    expires: (days) => (days > 0 ? `This token expires in ${days} ${days === 1 ? 'day' : 'days'}.` : 'This token has expired.'),
    howToRenew: 'How to renew it',
  },

  offered: {
    said: 'A link with the service ID and user ID of a new token has arrived. To set it up, press “Add a token”. If you did not expect it, close this note.',
    close: 'Close',
  },

  expiring: {
    title: 'The token will expire',
    left: (days) => (days > 0 ? `${days} ${days === 1 ? 'day' : 'days'} left` : 'It has expired'),
    after: 'After that no code is shown. You can move to a new token while this one still works.',
    how: 'How to renew it',
    steps: [
      'Have a new token issued in Internet banking. The old one goes on working.',
      'Press “Set up the new token” and enter the numbers that you are shown.',
      'When you start using the new one with its code, the old one ends. Remove it from this device then.',
    ],
    renew: 'Set up the new token',
    later: 'Later',
  },

  stop: {
    title: 'A use that was not yours',
    first: [
      'The token is stopped at your institution’s centre at once.',
      'From then on no code is accepted, and you can neither sign in nor transfer money.',
      'It cannot be undone from this device. Your institution lifts it after checking who you are.',
    ],
    proceed: 'Continue to stopping it',
    secondTitle: 'Stop the token?',
    second: 'It is stopped at once and cannot be undone from this device.',
    confirm: 'Stop it',
    keep: 'Do not stop it',
    asking: 'Telling your institution’s centre. Please wait.',
    failedTitle: 'Not stopped yet',
    failed: 'The centre did not answer that the token is stopped. It may still be in use.',
    failedNext: [
      'Press “Try again to stop it”.',
      'If there is no connection, call your institution right away. It can stop the token, too.',
    ],
    again: 'Try again to stop it',
    wait: (seconds) => `You can press “Try again to stop it” in about ${howLong(seconds)}. If it is urgent, call your institution.`,
    waited: 'The wait is over. Please press “Try again to stop it”.',
    doneTitle: 'The token is stopped',
    done: 'No code is accepted any more.',
    next: [
      'Contact your institution and look through your transactions together.',
      'Change the passwords of your Internet banking.',
      'To go on, have the token reinstated or a new one issued.',
    ],
    close: 'Close',
  },

  sign: {
    title: 'Approve a transfer',
    lead: 'Check on this device what the transfer page of Internet banking shows.',
    reading: 'Reading it…',
    qr: 'Text of the QR code',
    qrHint: 'Paste the text that stands below the QR code.',
    or: 'Without a QR code, enter these two.',
    account: 'Account number',
    accountHint: 'The payee’s account (7 digits)',
    amount: 'Amount',
    amountHint: 'Yen (digits)',
    amountWrong: 'Please enter an amount from ¥1 to ¥999,999,999,999.',
    grouped: (row) => Number(row).toLocaleString('en-GB'),
    look: 'Look at it',
    lookTitle: 'Please check',
    caution: 'Compare every line with your own transfer. If anything differs, do not press “I have checked it”, and contact your institution.',
    institution: 'Institution',
    bank: 'Bank code',
    branch: 'Branch number',
    payee: 'Payee',
    types: { ordinary: 'Ordinary', current: 'Current', savings: 'Savings' },
    yen: (amount) => `¥${amount.toLocaleString('en-GB')}`,
    confirm: 'I have checked it',
    codeTitle: 'Approval code',
    what: (yen, account) => `This code is only for the transfer of ${yen} to account ${account}. Enter it on the transfer page.`,
    tellNobody: 'Tell this code to nobody, not even to staff of your institution.',
    close: 'Close',
  },

  refusal: {
    what: 'What happened',
    kept: 'What is unchanged',
    next: 'What to do',
    startOver: 'Set up anew',
    reenter: 'Back to the form',
    tokens: 'All tokens',
    watching: 'Checking by itself.',
    wait: (seconds) => `Please wait about ${howLong(seconds)} more. Then you can press “Try again”.`,
    waited: 'The wait is over. Please press “Try again”.',
  },

  refusals: {
    enrol_refused: {
      title: 'The setup was not accepted',
      what: 'The numbers do not match what your institution has on record: one of them is wrong, they have expired (7 days after issue), they were tried too often (5 times), or they have been used already.',
      kept: 'Your account is not affected. If you go on right away, the service ID and user ID you entered are still there.',
      next: [
        'Check the service ID, the user ID and the start password once more.',
        'If it still does not work, look at the registration in Internet banking and have the token issued again.',
      ],
    },
    setup_unfinished: {
      title: 'The setup did not finish',
      what: 'Your numbers were right, but no answer from your institution arrived within 24 hours. For your safety the unfinished setup was erased from this device.',
      kept: 'Your account is not affected, and nothing is lost at your institution.',
      next: [
        'Look at the registration in Internet banking.',
        'Have the token issued again. If you cannot sign in, please contact your institution.',
        'Check your signal or Internet access, press “Back to the form” and use the new numbers.',
      ],
    },
    form_incomplete: {
      title: 'Please check what you entered',
      what: 'A number has the wrong length or a wrong character.',
      kept: 'The service ID and user ID you entered are still there. Nothing was sent.',
      next: ['Go back to the form and check the numbers.'],
    },
    service_unknown: {
      title: 'Unknown service ID',
      what: 'No institution has this service ID. It is probably mistyped.',
      kept: 'What you entered is still there. This does not count as a try of the start password.',
      next: ['Check the service ID on the page that confirmed the issue, or in the mail you received.'],
    },
    offline: {
      title: 'No connection',
      what: 'The institution’s centre could not be reached.',
      kept: 'Everything you entered is still there.',
      next: [
        'Check your signal or Internet access.',
        'With a date or time that is far off there is no connection. Make sure that this device’s are right.',
        'Press “Try again”.',
      ],
    },
    centre_busy: {
      title: 'Not available right now',
      what: 'The institution’s centre is busy or under maintenance.',
      kept: 'Everything you entered is still there.',
      next: ['Wait a minute and press “Try again”.', 'If it goes on, look for news from your institution.'],
    },
    rate_limited: {
      title: 'Please wait a while',
      what: 'There were too many tries in a short time, so none are accepted for now.',
      kept: 'Everything you entered is still there. Your account is not affected.',
      next: ['Wait for as long as shown below.', 'Press “Try again”.'],
    },
    card_refused: {
      title: 'The institution could not be verified',
      what: 'It could not be proven that the other side is your institution, so the setup was stopped.',
      kept: 'Your start password was not sent. What you entered is still there.',
      next: [
        'Make sure that this device’s date and time are right.',
        'Try another network, for example mobile data.',
        'If it goes on, please contact your institution.',
      ],
    },
    app_too_old: {
      title: 'Please update the app',
      what: 'This app is too old to be set up.',
      kept: 'What you entered is still there. This does not count as a try of the start password.',
      next: ['Install the new app as described in the mail about the issue.', 'Then send again.'],
    },
    vault_too_weak: {
      title: 'This device cannot be set up',
      what: 'Your institution sets up tokens only on devices that protect the key behind the codes more strongly than this one can.',
      kept: 'Your account and your registration are unchanged, and so is the issue of your token. This does not count as a try of the start password.',
      next: [
        'Install the app on another device, for example a smartphone, and set it up with the same service ID, user ID and start password.',
        'If you have no other device, please ask your institution.',
      ],
    },
    foreign_device: {
      title: 'This token belongs to another device',
      what: 'It was set up on another device. This happens after changing devices, restoring a backup or copying data. For your safety no code is shown.',
      kept: 'Your account and your registration are unchanged. If you still have the other device, it works there.',
      next: [
        'Release the token in Internet banking. Without the other device, please contact your institution.',
        'Have a new token issued.',
        'Press “Set up anew” and use the new numbers.',
      ],
    },
    key_missing: {
      title: 'The key is missing',
      what: 'The token’s key is not in this device’s keyring. This happens after the keyring was reset or the device was repaired.',
      kept: 'Your account and your registration are unchanged.',
      next: [
        'Restart the device and open this app again.',
        'If nothing changes, release the token in Internet banking, or contact your institution.',
        'Have a new token issued and press “Set up anew”.',
      ],
    },
    vault_locked: {
      title: 'The keyring is locked',
      what: 'The token’s key is in this device’s keyring, which is locked and cannot be opened yet.',
      kept: 'The token is unchanged. There is no need to set it up again.',
      next: ['Press “Try again” and unlock the keyring as your device asks.', 'When it is unlocked, this goes on by itself.'],
    },
    hardware_silent: {
      title: 'The security chip does not answer',
      what: 'The token’s key is inside this device’s security chip. The chip cannot be used right now, so no code can be computed.',
      kept: 'The token, your account and your registration are unchanged. Nothing was erased.',
      next: [
        'Wait a moment and press “Try again”.',
        'If it stays like this, restart the device.',
        'If that does not help, on a computer, ask whoever looks after it whether the TPM is on in its settings (UEFI) and whether this user may use it.',
      ],
    },
    no_vault: {
      title: 'There is no safe place for the key',
      what: 'This device has no working keyring to keep the key in.',
      kept: 'Nothing was sent. A token that was set up before is still there.',
      next: [
        'Turn on the device’s keyring, which keeps passwords and keys. When it can be used, this goes on by itself.',
        'Sign out of the device and in again.',
        'Press “Try again”. If it stays like this, please use another device.',
      ],
    },
    vault_full: {
      title: 'No more tokens fit',
      what: 'This device already holds 10 tokens, and that is as many as it takes.',
      kept: 'All of them still work. Nothing was sent.',
      next: [
        'If there is one that you do not use, release it in Internet banking, then remove it from this device.',
        'Then press “Add a token” again.',
      ],
    },
    clock_wrong: {
      title: 'The clock is far off',
      what: 'This device’s date and time are far from the right ones. No valid code can be made like this.',
      kept: 'The token is unchanged, and so is your registration. What you entered is still there.',
      next: [
        'Set this device’s date and time to automatic, and its time zone to Japan (Tokyo).',
        'When the time is right, this goes on by itself. If it does not, press “Try again”.',
      ],
    },
    storage_failed: {
      title: 'Data cannot be read or written',
      what: 'The app’s data on this device could not be read or written.',
      kept: 'Your account and your registration are unchanged. The token was not removed.',
      next: [
        'Check that the device has space left.',
        'Press “Try again”.',
        'If nothing changes, release the token in Internet banking, then press “Set up anew”.',
      ],
    },
    already_open: {
      title: 'The app is already open',
      what: 'Another window of this app is open. Two cannot be used at once.',
      kept: 'The token is unchanged.',
      next: ['Close this window and use the other one.', 'When the other one is closed, this one goes on by itself.'],
    },
    expired: {
      title: 'The token has expired',
      what: 'By this device’s date, the token is past its validity, so no code is shown.',
      kept: 'Your account is unchanged.',
      next: [
        'Make sure that this device’s date is right. If it was not, correct it and press “Try again”.',
        'Have a new token issued in Internet banking. If you cannot sign in, please contact your institution.',
        'Press “Set up anew” and use the new numbers.',
      ],
    },
    device_refused: {
      title: 'Your institution does not use this token',
      what: 'The centre did not take this token for one in use. This happens after a release, a renewal or a change of devices.',
      kept: 'Your account and your registration are unchanged. Nothing was removed from this device.',
      next: [
        'Look at the registration in Internet banking.',
        'If you do not know of any such change, please contact your institution.',
      ],
    },
    sign_refused: {
      title: 'The transfer cannot be read',
      what: 'What was pasted was not made by your institution for the token on this device. A part of it is missing, or it belongs to another institution or device.',
      kept: 'The token is unchanged. No code was shown.',
      next: [
        'Copy the whole text of the QR code from the transfer page again.',
        'If it goes on, enter the account number and the amount instead.',
        'If somebody sent it to you, do not make the transfer, and contact your institution.',
      ],
    },
    no_token: {
      title: 'There is no token',
      what: 'This device holds no token yet.',
      kept: 'Your account and your registration are unchanged.',
      next: ['Press “Try again” to go to the initial setup.'],
    },
    copy_failed: {
      title: 'The code could not be copied. Please type it.',
      what: 'The device did not take it.',
      kept: 'The code can be used as it is.',
      next: ['Type the code that is shown.'],
    },
  },
};
