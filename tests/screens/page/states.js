// Owns the list of what is drawn: every view that the app can send, and what a person makes of it by pressing.
// Refuses to know sizes, languages and colours.
// Invariant: views, answers and refusals are the app's own (`fixtures.js` is written by its types); none is left out.

'use strict';

(() => {
  const { views, abouts, answers, opening } = window.FIXTURES;
  window.OPENING = opening;
  window.ANSWERS = { ...answers, about: abouts.sealed };
  const unused = { ...answers.status, clock: null, uses: [] };
  const mistyped = { ...answers.status, uses: answers.status.uses.filter((use) => use.result !== 'accepted') };
  const typedOnly = { ...answers.read_transaction, payee: null };

  const FORM = [
    ['type', 'service-id', '10112235'],
    ['type', 'user-id', '999800000001'],
    ['type', 'start-password', '1949'],
    ['press', 'agree'],
  ];
  const sent = (code, wait_s = null) => ({ answers: { enrol: { refused: { code, wait_s } } }, steps: [...FORM, ['press', 'submit'], ['see', code.replaceAll('_', '-')]] });
  const { setup, code } = views;
  const soon = { tick: { ...answers.tick, left_ms: 3_600 }, show_code: { ...answers.show_code, now: { ...answers.tick, left_ms: 3_600 } } };

  const shown = Object.entries(views).map(([name, view]) => ({ name, view }));
  const open = (entry, see) => [['press', 'menu'], ['press', entry], ['see', see]];
  const openAbout = open('open-about', 'about');
  const openStop = [...openAbout, ['press', 'stop'], ['press', 'proceed'], ['press', 'confirm']];
  const stopFails = (code, wait_s = null) => ({ answers: { stop: { refused: { code, wait_s } } }, steps: [...openStop, ['see', 'stop-failed']] });
  const ofSeveral = { whose: { ...answers.whose, has_others: true } };
  const link = { link: { link: 'setup', service_id: '10112235', user_id: '999800000001' } };
  const typed = [...open('open-sign', 'sign'), ['type', 'sign-account', '1234567'], ['type', 'sign-amount', '1,234,567']];
  const about = Object.entries(abouts).map(([name, about]) => ({ name: `about-${name}`, view: code, answers: { about }, steps: openAbout }));
  window.STATES = [
    ...shown,
    ...about,
    { name: 'setup-with-errors', view: setup, steps: [['type', 'service-id', '1011-22'], ['type', 'user-id', '99980000000123'], ['type', 'start-password', 'abc']] },
    { name: 'setup-filled', view: setup, steps: [...FORM, ['press', 'start-password-show']] },
    { name: 'setup-sending', view: setup, answers: { enrol: 'never' }, steps: [...FORM, ['press', 'submit']] },
    { name: 'setup-from-a-link', view: setup, opening: link },
    { name: 'code-with-a-link', view: code, opening: link },
    { name: 'tokens-with-a-link', view: views.tokens, opening: link },
    { name: 'setup-rate-limited', view: setup, ...sent('rate_limited', 540) },
    { name: 'setup-busy', view: setup, ...sent('centre_busy', 20) },
    { name: 'setup-offline', view: setup, ...sent('offline') },
    { name: 'code-blank', view: code, answers: { show_code: 'never' } },
    { name: 'code-in-the-last-seconds', view: code, answers: soon, steps: [['see', 'next-code']] },
    { name: 'code-next', view: code, answers: { ...soon, show_code: { ...answers.show_code, step: answers.tick.step + 1, now: soon.tick } } },
    { name: 'code-on-the-clipboard', view: code, steps: [['press', 'copy']] },
    { name: 'code-not-on-the-clipboard', view: code, answers: { copy_code: { refused: { code: 'copy_failed', wait_s: null } } }, steps: [['press', 'copy']] },
    { name: 'code-without-copying', view: code, opening: { can_copy: false } },
    { name: 'code-hidden', view: code, hurries: true, steps: [['idle'], ['see', 'reveal']] },
    { name: 'code-with-news', view: code, answers: { check: true, look: views['code-suspended'] }, steps: [['see', 'suspended']] },
    { name: 'code-with-its-menu', view: code, steps: [['press', 'menu'], ['see', 'open-about']] },
    { name: 'about-unused', view: code, answers: { status: unused }, steps: openAbout },
    { name: 'about-mistyped', view: code, answers: { status: mistyped }, steps: openAbout },
    { name: 'about-offline', view: code, answers: { status: { refused: { code: 'offline', wait_s: null } } }, steps: openAbout },
    { name: 'about-asking', view: code, answers: { status: 'never' }, steps: openAbout },
    { name: 'licences', view: code, steps: [...openAbout, ['press', 'open-licences'], ['see', 'licences']] },
    { name: 'stop', view: code, steps: [...openAbout, ['press', 'stop'], ['see', 'proceed']] },
    { name: 'stop-asked-twice', view: code, steps: [...openAbout, ['press', 'stop'], ['press', 'proceed'], ['see', 'confirm']] },
    { name: 'stop-under-way', view: code, answers: { stop: 'never' }, steps: openStop },
    { name: 'stop-failed', view: code, ...stopFails('offline') },
    { name: 'stop-failed-and-held-back', view: code, ...stopFails('rate_limited', 540) },
    { name: 'stopped', view: code, steps: [...openStop, ['see', 'stopped']] },
    { name: 'sign', view: code, steps: open('open-sign', 'sign') },
    { name: 'sign-incomplete', view: code, steps: [...open('open-sign', 'sign'), ['press', 'submit'], ['see', 'sign-amount-error']] },
    { name: 'sign-out-of-bounds', view: code, steps: [...open('open-sign', 'sign'), ['type', 'sign-account', '12345'], ['type', 'sign-amount', '1,000,000,000,000']] },
    { name: 'sign-reading', view: code, opening: { link: { link: 'sign', text: 'warifu://sign?…' } }, answers: { read_transaction: 'never' } },
    { name: 'sign-refused', view: code, answers: { read_transaction: { refused: { code: 'sign_refused', wait_s: null } } }, steps: [...open('open-sign', 'sign'), ['type', 'sign-qr', 'warifu://sign?…'], ['press', 'submit'], ['see', 'sign-refused']] },
    { name: 'sign-looked-at', view: code, steps: [...typed, ['press', 'submit'], ['see', 'confirm']] },
    { name: 'sign-typed', view: code, answers: { read_transaction: typedOnly }, steps: [...typed, ['press', 'submit'], ['see', 'confirm']] },
    { name: 'sign-code', view: code, steps: [...typed, ['press', 'submit'], ['press', 'confirm'], ['see', 'sign-code']] },
    { name: 'sign-code-hidden', view: code, hurries: true, steps: [...typed, ['press', 'submit'], ['press', 'confirm'], ['see', 'sign-code'], ['idle'], ['see', 'reveal']] },
    { name: 'expiring-from-the-code', view: views['code-expires'], steps: [['press', 'renew'], ['see', 'expiring']] },
    { name: 'remove', view: code, steps: [['press', 'menu'], ['press', 'open-remove'], ['see', 'remove']] },
    { name: 'remove-asked-twice', view: code, steps: [['press', 'menu'], ['press', 'open-remove'], ['press', 'proceed'], ['see', 'confirm']] },
    { name: 'remove-ended', view: views['refusal-expired'], steps: [['press', 'start-over'], ['see', 'remove']] },
    { name: 'refusal-beside-others', view: views['refusal-expired'], answers: ofSeveral, steps: [['see', 'open-tokens']] },
    { name: 'refusal-of-the-chip-beside-others', view: views['refusal-hardware_silent'], answers: ofSeveral, steps: [['see', 'open-tokens']] },
    { name: 'remove-useless', view: views['refusal-foreign_device'], steps: [['press', 'start-over'], ['see', 'remove']] },
    { name: 'remove-useless-asked-twice', view: views['refusal-foreign_device'], steps: [['press', 'start-over'], ['press', 'proceed'], ['see', 'confirm']] },
  ];
})();
