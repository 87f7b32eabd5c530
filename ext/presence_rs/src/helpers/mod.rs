//! What is unsafe, each piece with the reason why it is sound.

pub(crate) mod borrow;
pub(crate) mod os;
