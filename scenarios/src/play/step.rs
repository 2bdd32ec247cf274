//! A step of a scenario.
//!
//! Each step is a type of its own, and all that is to say of it stands in one place: its fields are what a file writes,
//! their comments are the published schema, and its `impl` has its words and what it does. What a person or client does
//! is a [`Do`], what control is asked a [`Steer`], what is looked at a [`Check`]. `S` is the scene in which it is played.

use std::any::Any;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::need::Need;
use super::scene::Scene;
use super::template::Known;
use super::trouble::Done;
use crate::bilingual::Bilingual;
use crate::control::Control;
use crate::error::Error;

/// One step.
#[derive(Debug)]
pub struct Step<S> {
    /// Its line in the file.
    pub line: usize,
    /// The requirements that it shows; none are all of the scenario's.
    pub shows: Vec<String>,
    /// A step that only leads to the scene shows nothing; these are broken if it fails.
    pub breaks: Vec<String>,
    /// What is done or looked at.
    pub(crate) action: Action<S>,
}

/// How a step is written, and what a transcript calls it; [`step!`] declares it.
pub(crate) trait Written:
    Debug + DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static
{
    /// The key that names the step in a file. The type has a field of this name.
    const KEY: &'static str;

    /// As a transcript tells it.
    fn describe(&self) -> Bilingual;

    /// What is wrong with what a file writes, where the types allow too much.
    fn mistake(&self) -> Option<&'static str>;
}

/// What a person or a client does, and what befalls it.
pub(crate) trait Do<S>: Written {
    /// Why it can be done only where control is, if so.
    fn needs_control(&self) -> Option<Need> {
        None
    }

    /// The requirement that is broken if this fails in a scenario that is about something else.
    fn usually_breaks(&self) -> Option<&'static str> {
        None
    }

    /// Does it.
    fn run(&self, scene: &mut S) -> impl Future<Output = Done> + Send;
}

/// What control is asked.
pub(crate) trait Steer<S>: Written {
    /// Why a scenario with this step can't be played where no control is.
    const NEEDS: Need;

    /// As [`Do::usually_breaks`].
    fn usually_breaks(&self) -> Option<&'static str> {
        None
    }

    /// Asks it.
    fn steer(&self, control: &Control, scene: &mut S) -> impl Future<Output = Done> + Send;
}

/// What is looked at. It changes nothing.
pub(crate) trait Check<S>: Written {
    /// As [`Do::needs_control`].
    fn needs_control(&self) -> Option<Need> {
        None
    }

    /// Compares what is there with what must be.
    fn check(&self, scene: &S) -> impl Future<Output = Done> + Send;
}

/// A walk that many scenarios begin with, as one step: what other scenarios show step by step.
pub(crate) trait Walk<S>: Written {
    /// What is broken if one of its steps fails that breaks nothing else.
    const BREAKS: &'static str;

    /// The steps that it stands for.
    fn steps(&self) -> Vec<Action<S>>;
}

/// Declares a step: its fields, which are its keys in a file (the first names it), and its words in a transcript, in English and in
/// Japanese, in which the fields stand by their names. A walk has no words: its steps have.
macro_rules! step {
    (
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident {
            $(#[$of_key:meta])* $key:ident: $type:ty
            $(, $(#[$of_more:meta])* $more:ident: $more_type:ty)* $(,)?
        }
        $($en:literal $(, $en_argument:expr)*; $ja:literal $(, $ja_argument:expr)*)?
        $(; wrong if $wrong:expr => $message:literal)?
    ) => {
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema, serde::Serialize)]
        #[serde(deny_unknown_fields)]
        $(#[$attribute])*
        $vis struct $name {
            $(#[$of_key])* $vis $key: $type,
            $($(#[$of_more])* $vis $more: $more_type,)*
        }

        impl $crate::play::Written for $name {
            const KEY: &'static str = stringify!($key);

            fn describe(&self) -> $crate::bilingual::Bilingual {
                let Self { $key, $($more),* } = self;
                let _ = ($key, $($more),*);
                $crate::bilingual::Bilingual {
                    en: String::new() $(+ &format!($en $(, $en_argument)*))?,
                    ja: String::new() $(+ &format!($ja $(, $ja_argument)*))?,
                }
            }

            fn mistake(&self) -> Option<&'static str> {
                let Self { $key, $($more),* } = self;
                let _ = ($key, $($more),*);
                $(if $wrong { return Some($message); })?
                None
            }
        }
    };
}

pub(crate) use step;

/// A step, whichever it is.
pub(crate) type Action<S> = Arc<dyn AnyStep<S>>;

type Running<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

/// What all steps have in common for who plays them.
pub(crate) trait AnyStep<S>: Debug + Send + Sync {
    fn key(&self) -> &'static str;
    fn describe(&self) -> Bilingual;
    fn needs_control(&self) -> Option<Need>;
    fn usually_breaks(&self) -> Option<&'static str>;
    /// The same with its blanks filled in.
    fn filled(&self, known: &Known) -> Result<Action<S>, Error>;
    fn run<'a>(&'a self, scene: &'a mut S) -> Running<'a>;
    /// The step itself, for [`Step::find`].
    fn itself(&self) -> &dyn Any;
}

impl<S> Step<S> {
    /// The step itself, if it is of this type.
    pub(crate) fn find<T: 'static>(&self) -> Option<&T> {
        self.action.itself().downcast_ref()
    }
}

/// What is done, as a step.
pub(crate) fn act<S: Scene>(step: impl Do<S>) -> Action<S> {
    Arc::new(Doing(step))
}

/// What control is asked, as a step.
pub(crate) fn steer<S: Scene>(step: impl Steer<S>) -> Action<S> {
    Arc::new(Steering(step))
}

/// What is looked at, as a step.
pub(crate) fn look<S: Scene>(step: impl Check<S>) -> Action<S> {
    Arc::new(Looking(step))
}

/// The three kinds differ in what they need, break and do.
macro_rules! any_step {
    (
        $name:ident($role:ident):
        |$needing:pat_param| $needs:expr,
        |$breaking:pat_param| $breaks:expr,
        |$step:ident, $scene:ident| $run:expr
    ) => {
        #[derive(Debug)]
        struct $name<T>(T);

        impl<S: Scene, T: $role<S>> AnyStep<S> for $name<T> {
            fn key(&self) -> &'static str {
                T::KEY
            }

            fn describe(&self) -> Bilingual {
                self.0.describe()
            }

            fn needs_control(&self) -> Option<Need> {
                let $needing = &self.0;
                $needs
            }

            fn usually_breaks(&self) -> Option<&'static str> {
                let $breaking = &self.0;
                $breaks
            }

            fn filled(&self, known: &Known) -> Result<Action<S>, Error> {
                Ok(Arc::new(Self(known.filled(&self.0)?)))
            }

            fn run<'a>(&'a self, $scene: &'a mut S) -> Running<'a> {
                let $step = &self.0;
                Box::pin($run)
            }

            fn itself(&self) -> &dyn Any {
                &self.0
            }
        }
    };
}

any_step!(Doing(Do): |step| step.needs_control(), |step| step.usually_breaks(), |step, scene| step.run(scene));
any_step!(Looking(Check): |step| step.needs_control(), |_| None, |step, scene| step.check(scene));
any_step!(Steering(Steer): |_| Some(T::NEEDS), |step| step.usually_breaks(), |step, scene| async move {
    let control = scene.control().cloned();
    let control = control.ok_or_else(|| Error::Scenario("this step needs a control API".to_owned()))?;
    step.steer(&control, scene).await
});
