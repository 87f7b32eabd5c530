//! What is unsafe, each piece with the reason why it is sound.

pub(crate) mod borrow;
pub(crate) mod direct;
#[cfg(target_os = "linux")]
pub(crate) mod gvl;
pub(crate) mod os;
