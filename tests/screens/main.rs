//! Owns the proof of the app's pages: what they look like everywhere, and that they can be read and used by everyone.
//! Refuses to know the centre and the vault: what stands behind the window is a stand-in, told by the app's own types.
//! Invariant: no screen, refusal or state of the list is left out, and what is refused to be found would be found.

mod example;
mod ids;
mod keyboard;
mod layout;
mod opening;
mod sheet;
mod studio;
mod tree;
mod wall;
