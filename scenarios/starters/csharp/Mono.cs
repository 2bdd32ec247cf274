// What Mono does otherwise than .NET, so that this client can be played on Linux with it as well. On .NET nothing of this
// is called, and once your program needs no Mono, neither is the file.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

internal static class OnMono
{
    private const string Library = ", Mono.Security, Version=4.0.0.0, Culture=neutral, PublicKeyToken=0738eb9f132ed756";

    public static bool IsHere
    {
        get { return Type.GetType("Mono.Runtime") != null; }
    }

    /// <summary>All certificates of a PFX file, of which Mono's X509Certificate2Collection brings one.</summary>
    public static List<X509Certificate2> Certificates(byte[] pfx, string password)
    {
        Type type = Type.GetType("Mono.Security.X509.PKCS12" + Library, true);
        object file;
        try
        {
            file = Activator.CreateInstance(type, pfx, password);
        }
        catch (TargetInvocationException error)
        {
            throw new CryptographicException("the file doesn't open", error.InnerException);
        }
        List<RSA> keys = ((IEnumerable)type.GetProperty("Keys").GetValue(file, null)).OfType<RSA>().ToList();
        var found = new List<X509Certificate2>();
        foreach (object one in (IEnumerable)type.GetProperty("Certificates").GetValue(file, null))
        {
            var certificate = new X509Certificate2((byte[])one.GetType().GetProperty("RawData").GetValue(one, null));
            RSA own = certificate.GetRSAPublicKey();
            byte[] modulus = own == null ? new byte[0] : own.ExportParameters(false).Modulus;
            RSA key = keys.FirstOrDefault(other => other.ExportParameters(false).Modulus.SequenceEqual(modulus));
            found.Add(key == null ? certificate : certificate.CopyWithPrivateKey(key));
        }
        return found;
    }

    /// <summary>Mono's TLS can't verify a chain whose root is constrained to IP addresses, as the simulator's is.</summary>
    public static void LeaveTrustToUs()
    {
        Type type = Type.GetType("Mono.Security.Interface.MonoTlsSettings" + Library, true);
        object settings = type.GetProperty("DefaultSettings").GetValue(null, null);
        type.GetProperty("SkipSystemValidators").SetValue(settings, true, null);
        type.GetProperty("DefaultSettings").SetValue(null, settings, null);
    }

    /// <summary>Whether the server's certificate is for this host and leads to one of the roots, as OpenSSL sees it.</summary>
    public static bool IsTrusted(string host, X509Certificate certificate, X509Chain sent, X509Certificate2Collection roots)
    {
        IntPtr store = X509_STORE_new(), context = X509_STORE_CTX_new(), others = OPENSSL_sk_new_null();
        var read = new List<IntPtr>();
        Func<byte[], IntPtr> native = der =>
        {
            IntPtr at = Marshal.AllocHGlobal(der.Length), moving = at;
            Marshal.Copy(der, 0, at, der.Length);
            read.Add(d2i_X509(IntPtr.Zero, ref moving, new IntPtr(der.Length)));
            Marshal.FreeHGlobal(at);
            return read.Last();
        };
        try
        {
            foreach (X509Certificate2 root in roots)
            {
                X509_STORE_add_cert(store, native(root.RawData));
            }
            foreach (X509ChainElement element in sent.ChainElements)
            {
                OPENSSL_sk_push(others, native(element.Certificate.RawData));
            }
            return X509_STORE_CTX_init(context, store, native(certificate.GetRawCertData()), others) == 1
                && X509_STORE_CTX_set_default(context, "ssl_server") == 1
                && X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host, UIntPtr.Zero) == 1
                && X509_verify_cert(context) == 1;
        }
        finally
        {
            X509_STORE_CTX_free(context);
            X509_STORE_free(store);
            OPENSSL_sk_free(others);
            read.ForEach(X509_free);
        }
    }

    private const string Crypto = "libcrypto.so.3";

    [DllImport(Crypto)]
    private static extern IntPtr d2i_X509(IntPtr into, ref IntPtr der, IntPtr length);

    [DllImport(Crypto)]
    private static extern void X509_free(IntPtr certificate);

    [DllImport(Crypto)]
    private static extern IntPtr OPENSSL_sk_new_null();

    [DllImport(Crypto)]
    private static extern int OPENSSL_sk_push(IntPtr stack, IntPtr item);

    [DllImport(Crypto)]
    private static extern void OPENSSL_sk_free(IntPtr stack);

    [DllImport(Crypto)]
    private static extern IntPtr X509_STORE_new();

    [DllImport(Crypto)]
    private static extern int X509_STORE_add_cert(IntPtr store, IntPtr certificate);

    [DllImport(Crypto)]
    private static extern void X509_STORE_free(IntPtr store);

    [DllImport(Crypto)]
    private static extern IntPtr X509_STORE_CTX_new();

    [DllImport(Crypto)]
    private static extern int X509_STORE_CTX_init(IntPtr context, IntPtr store, IntPtr certificate, IntPtr others);

    [DllImport(Crypto)]
    private static extern int X509_STORE_CTX_set_default(IntPtr context, string name);

    [DllImport(Crypto)]
    private static extern IntPtr X509_STORE_CTX_get0_param(IntPtr context);

    [DllImport(Crypto)]
    private static extern int X509_VERIFY_PARAM_set1_host(IntPtr parameters, string host, UIntPtr length);

    [DllImport(Crypto)]
    private static extern int X509_verify_cert(IntPtr context);

    [DllImport(Crypto)]
    private static extern void X509_STORE_CTX_free(IntPtr context);
}
