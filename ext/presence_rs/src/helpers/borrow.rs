use magnus::encoding::{Coderange, EncodingCapable, Index};
use magnus::rb_sys::FromRawValue;
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

/// A name as Ruby has handed it over, if it is a String and a name; nothing is raised.
///
/// # Safety
///
/// As for [`name`]; `value` is a live Ruby value.
#[inline]
pub(crate) unsafe fn raw<'a>(ruby: &Ruby, value: rb_sys::VALUE) -> Option<&'a str> {
    // SAFETY: as asked of our caller.
    let text = unsafe { raw_text(ruby, value)? };
    (!text.is_empty() && text.len() <= MAX_BYTES).then_some(text)
}

/// The same of any text.
///
/// # Safety
///
/// As for [`raw`].
#[inline]
pub(crate) unsafe fn raw_text<'a>(ruby: &Ruby, value: rb_sys::VALUE) -> Option<&'a str> {
    // SAFETY: as asked of our caller; what is no String is refused before it is looked into. What Ruby notes
    // of a UTF-8 String's bytes holds until they change, and it forgets that then; what is valid UTF-8 to it is
    // so to Rust (no surrogates, nothing above U+10FFFF).
    unsafe {
        let string = RString::from_value(magnus::Value::from_raw(value))?;
        if rb_sys::ENCODING_GET(value) != rb_sys::rb_utf8_encindex() {
            return text(ruby, string);
        }
        let bytes = std::mem::transmute::<&[u8], &'a [u8]>(string.as_slice());
        // What Ruby has looked at before, and has noted on the String, need not be looked at again.
        match string.enc_coderange() {
            Coderange::SevenBit | Coderange::Valid => Some(std::str::from_utf8_unchecked(bytes)),
            _ => std::str::from_utf8(bytes).ok(),
        }
    }
}

/// The names of a topic and a member.
///
/// # Safety
///
/// As for [`name`].
pub(crate) unsafe fn pair<'a>(
    ruby: &Ruby,
    topic: RString,
    member: RString,
) -> Result<(&'a str, &'a str), Error> {
    // SAFETY: as asked of our caller; an error, which does call Ruby, ends the borrows.
    unsafe { Ok((name(ruby, topic, "topic")?, name(ruby, member, "member")?)) }
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
    // Ruby is asked, as bytes of UTF-16 may look like ASCII. It only remembers what it has found.
    if unicode(ruby, encoding) || value.enc_coderange_scan() == Coderange::SevenBit {
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
