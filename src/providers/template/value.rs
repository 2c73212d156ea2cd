//! The values that templates name.

/// A value that a template names.
#[derive(Clone, Copy)]
pub(in crate::providers) enum Value<'v> {
    Text(&'v str),
    Number(u64),
    Flag(bool),
    Texts(&'v [String]),
    /// A value that a lab or socket can have and does not.
    Absent,
    /// One that only the engine can show.
    Other,
}

impl<'v> Value<'v> {
    /// The value of a lab.
    pub(super) fn of(json: &'v serde_json::Value) -> Self {
        match json {
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Number(number) => number.as_u64().map_or(Self::Other, Self::Number),
            serde_json::Value::Bool(flag) => Self::Flag(*flag),
            serde_json::Value::Null => Self::Absent,
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => Self::Other,
        }
    }

    /// Whether `{{#if}}` takes it for true, as the engine does.
    pub(super) fn is_true(self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => number != 0,
            Self::Flag(flag) => flag,
            Self::Texts(texts) => !texts.is_empty(),
            Self::Absent => false,
            Self::Other => true,
        }
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v [String]> for Value<'v> {
    fn from(texts: &'v [String]) -> Self {
        Self::Texts(texts)
    }
}

impl From<u16> for Value<'_> {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}
