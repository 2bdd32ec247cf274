//! Keys that stay in Windows and sign there.

use std::ffi::CStr;
use std::fmt;
use std::io;
use std::ptr::null;

use schannel::RawPointer;
use schannel::cert_context::CertContext;
use windows_sys::Win32::Security::Cryptography::{
    AT_KEYEXCHANGE, AT_SIGNATURE, BCRYPT_PAD_PKCS1, BCRYPT_PAD_PSS, BCRYPT_PKCS1_PADDING_INFO,
    BCRYPT_PSS_PADDING_INFO, BCRYPT_SHA256_ALGORITHM, BCRYPT_SHA384_ALGORITHM, BCRYPT_SHA512_ALGORITHM,
    CALG_SHA_256, CALG_SHA_384, CALG_SHA_512, CERT_NCRYPT_KEY_SPEC, CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG,
    CryptAcquireCertificatePrivateKey, CryptAcquireContextA, CryptCreateHash, CryptDestroyHash,
    CryptGetProvParam, CryptReleaseContext, CryptSetHashParam, CryptSignHashW, HP_HASHVAL,
    MS_ENH_RSA_AES_PROV_A, NCryptFreeObject, NCryptSignHash, PP_CONTAINER, PROV_RSA_AES,
};

use crate::handle::done;

/// Of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How an RSA signature is made of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// PKCS #1 v1.5.
    Pkcs1,
    /// PSS, with a salt as long as the hash.
    Pss,
}

/// The RSA key of a certificate, wherever Windows keeps it, also one that can't be exported.
pub struct SigningKey {
    handle: usize,
    /// Which key of a provider, or that it is one of CNG.
    spec: u32,
}

// SAFETY: the system's handles of keys belong to the process, not to a thread.
unsafe impl Send for SigningKey {}
// SAFETY: as above; a call that signs doesn't change the key, and hashes are made for each call.
unsafe impl Sync for SigningKey {}

impl SigningKey {
    /// The key of a certificate of a store. A card may ask its owner when it signs.
    ///
    /// # Errors
    /// What the system says, such as that there is none.
    pub fn of(certificate: &CertContext) -> io::Result<Self> {
        let (mut handle, mut spec, mut is_ours) = (0, 0, 0);
        // SAFETY: a pointer of a context that is borrowed for the call.
        let context = unsafe { certificate.as_ptr() };
        // SAFETY: the context is valid, and all that is written to are variables of the right kind.
        done(unsafe {
            CryptAcquireCertificatePrivateKey(
                context.cast(),
                CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG,
                null(),
                &raw mut handle,
                &raw mut spec,
                &raw mut is_ours,
            )
        })?;
        // Without a flag that keeps it with the certificate it is always the caller's.
        debug_assert_ne!(is_ours, 0);
        if spec == CERT_NCRYPT_KEY_SPEC {
            return Ok(Self { handle, spec });
        }
        // A provider has two keys; Wine says that it is both at once.
        let spec = if spec & AT_KEYEXCHANGE == 0 { AT_SIGNATURE } else { AT_KEYEXCHANGE };
        let key = Self { handle, spec };
        // Older providers know SHA-1 alone; that with AES opens the same keys.
        Ok(key.with_newer_hashes().unwrap_or(key))
    }

    /// Whether it makes PSS signatures, without which there is no TLS 1.3: keys of CNG do, and of all others those that
    /// Windows opens as such.
    pub fn signs_pss(&self) -> bool {
        self.spec == CERT_NCRYPT_KEY_SPEC
    }

    /// Signs a hash.
    ///
    /// # Errors
    /// What the system says, such as that somebody doesn't allow it.
    pub fn sign(&self, hash: Hash, padding: Padding, digest: &[u8]) -> io::Result<Vec<u8>> {
        match (self.signs_pss(), padding) {
            (true, _) => self.sign_by_cng(hash, padding, digest),
            (false, Padding::Pkcs1) => self.sign_by_provider(hash, digest),
            (false, Padding::Pss) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn sign_by_cng(&self, hash: Hash, padding: Padding, digest: &[u8]) -> io::Result<Vec<u8>> {
        let name = match hash {
            Hash::Sha256 => BCRYPT_SHA256_ALGORITHM,
            Hash::Sha384 => BCRYPT_SHA384_ALGORITHM,
            Hash::Sha512 => BCRYPT_SHA512_ALGORITHM,
        };
        let pkcs1 = BCRYPT_PKCS1_PADDING_INFO { pszAlgId: name };
        let pss = BCRYPT_PSS_PADDING_INFO { pszAlgId: name, cbSalt: size(digest) };
        let (info, flags) = match padding {
            Padding::Pkcs1 => ((&raw const pkcs1).cast(), BCRYPT_PAD_PKCS1),
            Padding::Pss => ((&raw const pss).cast(), BCRYPT_PAD_PSS),
        };
        // Of a key of 16,384 bits, the longest that there are.
        let mut signature = vec![0; 2048];
        let mut length = 0;
        // SAFETY: the key is open, the padding is that of the flag, and the lengths are those of the buffers.
        let status = unsafe {
            NCryptSignHash(
                self.handle,
                info,
                digest.as_ptr(),
                size(digest),
                signature.as_mut_ptr(),
                size(&signature),
                &raw mut length,
                flags,
            )
        };
        if status != 0 {
            return Err(io::Error::from_raw_os_error(status));
        }
        signature.truncate(length as usize);
        Ok(signature)
    }

    fn sign_by_provider(&self, hash: Hash, digest: &[u8]) -> io::Result<Vec<u8>> {
        let algorithm = match hash {
            Hash::Sha256 => CALG_SHA_256,
            Hash::Sha384 => CALG_SHA_384,
            Hash::Sha512 => CALG_SHA_512,
        };
        let mut object = 0;
        // SAFETY: the provider is open; a hash without a key takes none.
        done(unsafe { CryptCreateHash(self.handle, algorithm, 0, 0, &raw mut object) })?;
        let object = HashObject(object);
        // SAFETY: the hash is open, and its value has the length of its algorithm, which the system checks.
        done(unsafe { CryptSetHashParam(object.0, HP_HASHVAL, digest.as_ptr(), 0) })?;
        let mut signature = vec![0; 2048];
        let mut length = size(&signature);
        // SAFETY: the hash is open, and the length is that of the buffer.
        done(unsafe {
            CryptSignHashW(object.0, self.spec, null(), 0, signature.as_mut_ptr(), &raw mut length)
        })?;
        signature.truncate(length as usize);
        // Providers write numbers with the smallest byte first.
        signature.reverse();
        Ok(signature)
    }

    fn with_newer_hashes(&self) -> Option<Self> {
        let mut container = [0_u8; 512];
        let mut length = size(&container);
        // SAFETY: the provider is open, and the length is that of the buffer.
        done(unsafe {
            CryptGetProvParam(self.handle, PP_CONTAINER, container.as_mut_ptr(), &raw mut length, 0)
        })
        .ok()?;
        let container = CStr::from_bytes_until_nul(&container).ok()?;
        let mut handle = 0;
        // SAFETY: both names end with a null.
        done(unsafe {
            CryptAcquireContextA(
                &raw mut handle,
                container.as_ptr().cast(),
                MS_ENH_RSA_AES_PROV_A,
                PROV_RSA_AES,
                0,
            )
        })
        .ok()?;
        Some(Self { handle, spec: self.spec })
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        if self.signs_pss() {
            // SAFETY: it is ours, and nobody else closes it.
            unsafe { NCryptFreeObject(self.handle) };
        } else {
            // SAFETY: as above.
            unsafe { CryptReleaseContext(self.handle, 0) };
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("signs_pss", &self.signs_pss()).finish_non_exhaustive()
    }
}

/// A hash of a provider.
struct HashObject(usize);

impl Drop for HashObject {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nobody else closes it.
        unsafe { CryptDestroyHash(self.0) };
    }
}

/// Of buffers of this file.
fn size(buffer: &[u8]) -> u32 {
    buffer.len().try_into().unwrap_or(u32::MAX)
}
