//! One macro for all words that are text of a certain form.

/// Declares a text that comes about by parsing alone, so that whoever holds one needn't look at it again.
///
/// `shown` ones print themselves and are stored as that text. `secret` ones compare in constant time, stay out of
/// `Debug`, and give their text away only by `reveal` and to the store.
macro_rules! text {
    ($(#[doc = $doc:literal])* shown $Name:ident, read by $check:ident or $Error:ty) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $Name(String);

        impl $Name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        crate::terms::text::text!(@parsed $Name, $check, $Error);
        crate::terms::text::text!(@stored $Name, $check, $Error);
    };
    ($(#[doc = $doc:literal])* secret $Name:ident, read by $check:ident or $Error:ty) => {
        $(#[doc = $doc])*
        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $Name(String);

        crate::terms::text::text!(@secret $Name);
        crate::terms::text::text!(@parsed $Name, $check, $Error);
        crate::terms::text::text!(@stored $Name, $check, $Error);
    };
    (@parsed $Name:ident, $check:ident, $Error:ty) => {
        impl std::str::FromStr for $Name {
            type Err = $Error;

            fn from_str(text: &str) -> Result<Self, $Error> {
                $check(text).map(|()| Self(text.to_owned()))
            }
        }
    };
    (@stored $Name:ident, $check:ident, $Error:ty) => {
        impl TryFrom<String> for $Name {
            type Error = $Error;

            fn try_from(text: String) -> Result<Self, $Error> {
                $check(&text).map(|()| Self(text))
            }
        }

        impl From<$Name> for String {
            fn from(value: $Name) -> Self {
                value.0
            }
        }
    };
    (@secret $Name:ident) => {
        impl $Name {
            /// The text itself, for whoever has to write it down or to use it.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq for $Name {
            fn eq(&self, other: &Self) -> bool {
                subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), other.0.as_bytes()).into()
            }
        }

        impl Eq for $Name {}

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($Name), "(..)"))
            }
        }
    };
}

pub(super) use text;
