// Owns which screens are loaded once the first page is drawn: all but the code's.
// Refuses to know what they look like.
// Invariant: a screen stands here under the name that its page has.

export * as about from './screens/about.js';
export * as done from './screens/done.js';
export * as expiring from './screens/expiring.js';
export * as licences from './screens/licences.js';
export * as refusal from './screens/refusal.js';
export * as remove from './screens/remove.js';
export * as resuming from './screens/resuming.js';
export * as setup from './screens/setup.js';
export * as sign from './screens/sign.js';
export * as stop from './screens/stop.js';
export * as tokens from './screens/tokens.js';
