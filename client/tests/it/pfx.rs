//! PFX files of five other programs are read; see fixtures/pfx.

use obn_client::{Identity, IdentityError, Password, PfxAlgorithms, PfxProfile};

const FILES: [(&str, &[u8], &str); 9] = [
    ("openssl-3des", include_bytes!("../../../fixtures/pfx/openssl-3des.p12"), "1234"),
    ("openssl-rc2", include_bytes!("../../../fixtures/pfx/openssl-rc2.p12"), "1234"),
    ("openssl-aes256", include_bytes!("../../../fixtures/pfx/openssl-aes256.p12"), "1234"),
    ("openssl-nomac", include_bytes!("../../../fixtures/pfx/openssl-nomac.p12"), "1234"),
    ("java", include_bytes!("../../../fixtures/pfx/java.p12"), "123456"),
    ("nss", include_bytes!("../../../fixtures/pfx/nss.p12"), "1234"),
    ("nss-3des", include_bytes!("../../../fixtures/pfx/nss-3des.p12"), "1234"),
    ("gnutls", include_bytes!("../../../fixtures/pfx/gnutls.p12"), "1234"),
    ("python", include_bytes!("../../../fixtures/pfx/python.p12"), "1234"),
];

#[test]
fn files_of_other_programs_hold_the_same_identity() {
    let key = include_str!("../../../fixtures/pfx/key.pem");
    let certificates = concat!(
        include_str!("../../../fixtures/pfx/certificate.pem"),
        include_str!("../../../fixtures/pfx/root.pem")
    );
    let expected = Identity::from_pem(key, certificates).unwrap();
    for (name, bytes, password) in FILES {
        let identity = Identity::from_pfx(bytes, &Password::new(password))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(identity.certificate(), expected.certificate(), "{name}");
        assert_eq!(identity.chain(), expected.chain(), "{name}");
        assert_eq!(identity.verify(), Ok(()), "{name}");
    }
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_file() {
    for (name, bytes, _) in FILES {
        let error = Identity::from_pfx(bytes, &Password::new("0000")).unwrap_err();
        assert_eq!(error, IdentityError::WrongPassword, "{name}");
        let error = Identity::from_pfx(&bytes[..bytes.len() / 2], &Password::new("1234")).unwrap_err();
        assert!(matches!(error, IdentityError::NotPfx(_)), "{name}: {error:?}");
    }
}

#[test]
fn the_algorithms_tell_which_systems_can_import_a_file() {
    let verdicts: Vec<String> = FILES
        .iter()
        .map(|(name, bytes, _)| {
            let algorithms = PfxAlgorithms::of(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let names = |list: &[obn_client::Protection]| {
                list.iter().map(|p| p.algorithm.clone()).collect::<Vec<_>>().join("+")
            };
            format!(
                "{name}: key {} certificates {} mac {} | Windows 8.1 {} | OpenSSL 3 {}",
                names(&algorithms.key),
                names(&algorithms.certificates),
                names(algorithms.mac.as_slice()),
                algorithms.windows_8_1_can_import(),
                algorithms.openssl_3_can_open(),
            )
        })
        .collect();
    insta::assert_snapshot!(verdicts.join("\n"));
}

#[test]
fn what_is_written_is_read_again_in_both_profiles() {
    let (_, bytes, password) = FILES[0];
    let identity = Identity::from_pfx(bytes, &Password::new(password)).unwrap();
    for (profile, windows) in [(PfxProfile::TripleDesSha1, true), (PfxProfile::Aes256Sha256, false)] {
        let pfx = identity.to_pfx(&Password::new("5678"), profile).unwrap();
        assert_eq!(Identity::from_pfx(&pfx, &Password::new("5678")), Ok(identity.clone()));
        assert_eq!(PfxAlgorithms::of(&pfx).unwrap().windows_8_1_can_import(), windows);
    }
}

#[test]
fn a_key_is_not_joined_to_a_certificate_of_another() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let certificate = include_str!("../../../fixtures/pfx/certificate.pem");
    assert_eq!(Identity::from_pem(&key, certificate), Err(IdentityError::KeyDoesNotFit));
}

#[test]
fn nothing_secret_shows_in_debug_output() {
    let (_, bytes, password) = FILES[0];
    let password = Password::new(password);
    let identity = Identity::from_pfx(bytes, &password).unwrap();
    let shown = format!("{identity:?} {password:?}");
    assert!(!shown.contains("1234") && !shown.to_lowercase().contains("key"), "{shown}");
}
