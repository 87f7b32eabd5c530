use std::fmt;

use magnus::{error::ErrorType, function, prelude::*, Error, RHash, RModule, RString, Ruby, Value};
use presence_core::json;
use serde::de::{Deserialize, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use crate::errors;

/// How deep a meta may be nested. A snapshot adds four levels, and Ruby's and other JSON parsers
/// stop at 100.
const MAX_DEPTH: usize = 64;

/// `Native.dump(hash)`: the JSON text of a meta, or `nil` where it has something that is not plain
/// data (a Time, say), which Ruby has to make plain first.
fn dump(ruby: &Ruby, meta: RHash) -> Result<Option<RString>, Error> {
    let mut text = String::new();
    let json = match serde_magnus::deserialize(ruby, meta) {
        Ok(Plain(json)) => json,
        Err(error) => {
            return match refused(ruby, &error) {
                Some(Refused::Reason(reason)) => Err(errors::invalid_meta(ruby, reason)),
                Some(Refused::NotPlain) => Ok(None),
                None => Err(error),
            }
        }
    };
    write(&mut text, &json);
    Ok(Some(ruby.str_new(&text)))
}

/// Why a meta was not taken.
enum Refused {
    /// For good, and so.
    Reason(String),
    /// It has something that Ruby may be able to make plain.
    NotPlain,
}

/// What is wrong with the data. `None` for what came from elsewhere, in the middle of our reading:
/// a `Thread#kill`, a `Timeout`, a `Thread#raise` have to go on to whoever waits for them.
fn refused(ruby: &Ruby, error: &Error) -> Option<Refused> {
    match error.error_type() {
        ErrorType::Error(_, message) => Some(match message.split_once(REFUSED) {
            Some((_, reason)) => Refused::Reason(reason.to_owned()),
            None => Refused::NotPlain,
        }),
        ErrorType::Exception(exception) => {
            let too_large = exception.is_kind_of(ruby.exception_range_error());
            let encoding = exception.is_kind_of(ruby.exception_encoding_error());
            (too_large || encoding).then_some(Refused::NotPlain)
        }
        ErrorType::Jump(_) => None,
    }
}

/// JSON made of Ruby data that is nothing but data.
struct Plain(Json);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Depth(MAX_DEPTH).deserialize(deserializer).map(Self)
    }
}

/// `Native.load(json)`: the Ruby objects of JSON text that we have written ourselves.
fn load(ruby: &Ruby, text: RString) -> Result<Value, Error> {
    // SAFETY: the slice is parsed into Rust data before anything calls Ruby.
    let parsed: Result<Json, _> = serde_json::from_slice(unsafe { text.as_slice() });
    let json = parsed.map_err(|error| errors::invalid_meta(ruby, error.to_string()))?;
    serde_magnus::serialize(ruby, &json)
}

/// Marks the errors that are the caller's, among those of serde_magnus, for what it does not know.
const REFUSED: &str = "presence_rs: ";

/// Builds JSON from Ruby data and stops at a depth, so that a cycle or a hostile nesting ends.
struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.0 == 0 {
            let reason = format!("{REFUSED}a meta may be nested {MAX_DEPTH} deep at most (or has a cycle)");
            return Err(D::Error::custom(reason));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("plain data")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        let refused = || E::custom(format!("{REFUSED}{value} is no JSON number; give a finite one"));
        Number::from_f64(value).map(Json::Number).ok_or_else(refused)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_bytes<E: serde::de::Error>(self, value: &[u8]) -> Result<Json, E> {
        let refused = |_| E::custom(format!("{REFUSED}a meta has a String that is not UTF-8"));
        std::str::from_utf8(value)
            .map(|text| Json::String(text.to_owned()))
            .map_err(refused)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element_seed(Self(self.0 - 1))? {
            list.push(value);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(Self(self.0))? {
            let Json::String(key) = key else {
                let reason = format!("{REFUSED}a meta's keys are Strings or Symbols; got {key}");
                return Err(A::Error::custom(reason));
            };
            map.insert(key, entries.next_value_seed(Self(self.0 - 1))?);
        }
        Ok(Json::Object(map))
    }
}

fn write(out: &mut String, json: &Json) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => out.push_str(&number.to_string()),
        Json::String(text) => json::string(out, text),
        Json::Array(list) => {
            out.push('[');
            for (i, value) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(out, value);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                json::string(out, key);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

pub(crate) fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("dump", function!(dump, 1))?;
    native.define_singleton_method("load", function!(load, 1))
}
