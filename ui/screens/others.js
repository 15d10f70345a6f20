// Owns which screens are loaded once the first page is drawn: all but the code's.
// Refuses to know what they look like.
// Invariant: a screen stands here under the name that its page has.

export * as about from './about.js';
export * as done from './done.js';
export * as expiring from './expiring.js';
export * as licences from './licences.js';
export * as refusal from './refusal.js';
export * as remove from './remove.js';
export * as resuming from './resuming.js';
export * as setup from './setup.js';
export * as sign from './sign.js';
export * as stop from './stop.js';
export * as tokens from './tokens.js';
