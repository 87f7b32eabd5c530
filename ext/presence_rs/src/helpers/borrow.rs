use magnus::encoding::{EncodingCapable, Index};
use magnus::{Error, RString, Ruby};

use crate::errors;

const MAX_BYTES: usize = 255;

/// A name given by a caller, borrowed for the length of a native call: UTF-8, 1 to 255 bytes.
///
/// Rack hands out BINARY strings, so these pass when their bytes are UTF-8.
///
/// # Safety
///
/// The result borrows the Ruby string's own memory. The caller must hold the GVL and must not
/// call Ruby while it is in use: nothing can then change, move or free that string.
pub(crate) unsafe fn name<'a>(ruby: &Ruby, value: RString, what: &str) -> Result<&'a str, Error> {
    // SAFETY: as asked of our caller.
    match unsafe { text(ruby, value) } {
        Some(text) if !text.is_empty() && text.len() <= MAX_BYTES => Ok(text),
        _ => Err(errors::invalid_name(ruby, value, what)),
    }
}

/// The text of a Ruby string, if it is UTF-8.
///
/// # Safety
///
/// As for [`name`].
pub(crate) unsafe fn text<'a>(ruby: &Ruby, value: RString) -> Option<&'a str> {
    // SAFETY: as asked of our caller; the lifetime ends with the native call.
    let bytes: &'a [u8] = unsafe { std::mem::transmute::<&[u8], &'a [u8]>(value.as_slice()) };
    let encoding = value.enc_get();
    if unicode(ruby, encoding) || bytes.is_ascii() {
        std::str::from_utf8(bytes).ok()
    } else {
        None
    }
}

fn unicode(ruby: &Ruby, encoding: Index) -> bool {
    encoding == ruby.utf8_encindex()
        || encoding == ruby.usascii_encindex()
        || encoding == ruby.ascii8bit_encindex()
}
