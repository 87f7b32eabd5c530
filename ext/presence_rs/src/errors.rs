//! The Ruby errors, which `lib/presence_rs/errors.rb` defines; looked up when one is raised.

use magnus::{prelude::*, Error, ExceptionClass, RModule, RString, Ruby, Value};
use presence_core::LimitExceeded;

fn module(ruby: &Ruby) -> Result<RModule, Error> {
    ruby.class_object().const_get("PresenceRs")
}

fn raise(ruby: &Ruby, class: &str, message: String) -> Error {
    match module(ruby).and_then(|module| module.const_get::<_, ExceptionClass>(class)) {
        Ok(class) => Error::new(class, message),
        Err(error) => error,
    }
}

/// Ruby builds this one, since it knows how to show any string.
pub(crate) fn invalid_name(ruby: &Ruby, value: RString, what: &str) -> Error {
    let built = module(ruby)
        .and_then(|module| module.const_get::<_, ExceptionClass>("InvalidName"))
        .and_then(|class| class.funcall::<_, _, magnus::Exception>("for", (value, what)));
    match built {
        Ok(exception) => exception.into(),
        Err(error) => error,
    }
}

pub(crate) fn invalid_meta(ruby: &Ruby, message: String) -> Error {
    raise(ruby, "InvalidMeta", message)
}

#[cfg(target_os = "linux")]
/// What a store that is shared with other processes has answered.
pub(crate) fn shared(ruby: &Ruby, error: presence_shared::Error) -> Error {
    match error {
        presence_shared::Error::Limit(exceeded) => limit_exceeded(ruby, exceeded),
        presence_shared::Error::Refused(message) => raise(ruby, "ConfigurationError", message),
        error => raise(ruby, "StoreUnavailable", error.to_string()),
    }
}

/// Ruby builds this one too, since it carries values.
pub(crate) fn limit_exceeded(ruby: &Ruby, exceeded: LimitExceeded) -> Error {
    let built = module(ruby)
        .and_then(|module| module.const_get::<_, Value>("LimitExceeded"))
        .and_then(|class| {
            let limit = ruby.to_symbol(exceeded.limit);
            class.funcall::<_, _, magnus::Exception>("new", (limit, exceeded.value))
        });
    match built {
        Ok(exception) => exception.into(),
        Err(error) => error,
    }
}
