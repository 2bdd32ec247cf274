//! The sites that the certificate is for (manual 1.6): who logs in there, and the whole way to it.

mod replaced_root;
mod visits;
mod walk;

use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_tests::Environment;

/// With the sites served, and these keys of the profile (TOML).
async fn environment(profile: &str) -> Environment {
    let profile = Profile::from_toml(profile).unwrap();
    let options = Options::for_tests().profile(profile);
    Environment::options(Options { relying_party: Some(options.control), ..options }).await
}
