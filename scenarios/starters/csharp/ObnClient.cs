// Applies for, fetches, renews and revokes client certificates of the online billing network, with nothing but .NET:
// Framework 4.7 or later, .NET 6 or later, Mono. It is written in C# 5, which the compiler of every Windows knows.
//
// Told by its environment what to do (OBN_ACTION, ...). Exit status: 0 done, 1 refused by the CA, 2 usage, 3 network or
// TLS, 4 the site broke its protocol, 77 not supported.
//
// Your own program goes in at the methods under "actions": each is one thing that a user wants, and ends with a file that
// is whole or with a Failure that says why there is none. What is under "pages" can stay as it is.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

internal static class ObnClient
{
    private const int Refused = 1, Usage = 2, Network = 3, Protocol = 4, Unsupported = 77;
    private const int Tries = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300), PollInterval = TimeSpan.FromMilliseconds(700);
    private const string Issuer = "Online Billing NW Common Root CA";
    /// <summary>Packages of the Windows installer begin so.</summary>
    private static readonly byte[] CompoundFile = { 0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1 };

    private static int Main()
    {
        Console.SetOut(Utf8(Console.OpenStandardOutput()));
        Console.SetError(Utf8(Console.OpenStandardError()));
        if (Path.DirectorySeparatorChar == '/')
        {
            // What is written from here on, its owner alone can read. On Windows the folder's access list decides.
            SetFileModeMask(63); // 077
        }
        var actions = new Dictionary<string, Action>
        {
            { "apply", Apply }, { "root", Root }, { "download", Download }, { "renew", Renew }, { "collect", Collect },
            { "login", LogIn }, { "revoke", Revoke }, { "notices", Notices }, { "remove", Remove },
            { "list", ListFolder }, { "installer", Installer },
        };
        try
        {
            Action action;
            if (!actions.TryGetValue(Told("OBN_ACTION"), out action))
            {
                throw new Failure(Unsupported, "この操作には対応していません");
            }
            action();
            return 0;
        }
        catch (Failure failure)
        {
            Console.Error.WriteLine(failure.Message);
            return failure.Status;
        }
        catch (IOException error)
        {
            Console.Error.WriteLine("ファイルを読み書きできません: " + error.Message);
            return Usage;
        }
        catch (UnauthorizedAccessException error)
        {
            Console.Error.WriteLine("ファイルを読み書きできません: " + error.Message);
            return Usage;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine("サイトの応答を処理できません: " + error.Message);
            return Protocol;
        }
    }

    // ---- actions

    private static void Apply()
    {
        string holder = Need("OBN_HOLDER"), email = Need("OBN_EMAIL");
        // Insurers' codes have eight digits.
        bool insurer = holder.Length == 8;
        var typed = new Dictionary<string, string>
        {
            { insurer ? "保険者番号または受付番号" : "医療機関コードまたは受付番号", holder },
            { insurer ? "医療保険者等の名称" : "医療機関等の名称", Told("OBN_HOLDER_NAME") },
            { "部署名", Told("OBN_DEPARTMENT") },
            { "電話番号", Told("OBN_TELEPHONE") },
            { "申請者のメールアドレス", email },
            { "メールアドレス(確認用)", email },
            { "端末名称等", Told("OBN_TERMINAL") },
            { "発行枚数", Told("OBN_CERTIFICATES") },
        };
        if (!IsConfirmed("発行の申請"))
        {
            return;
        }
        Page receipt = Again(delegate
        {
            var browser = new Browser(null);
            Page form = browser.Press(browser.Open("/p/rcr"), insurer ? "医療保険者等" : "医療機関等");
            return Receipt(browser.Press(browser.Press(form, "次へ", typed).Good(), "申請"));
        });
        Console.WriteLine("発行を申請しました (申請番号: " + receipt.Value("申請番号") + ")。受付通知が " + email + " に届きます");
    }

    private static void Root()
    {
        var browser = new Browser(null);
        Page page = browser.Open("/p/cert");
        Page link = page.All("a").FirstOrDefault(part => Regex.IsMatch(part.Attribute("href"), @"\.(cer|crt|der|pem)$"));
        page = link == null ? page : browser.Follow(link);
        try
        {
            var root = new X509Certificate2(page.File);
            byte[] digest = SHA256.Create().ComputeHash(root.RawData);
            Console.WriteLine("サブジェクト: " + root.Subject);
            Console.WriteLine("SHA-256: " + BitConverter.ToString(digest).Replace("-", ":"));
        }
        catch (CryptographicException)
        {
            throw new Failure(Protocol, "ルート証明書が得られません: " + page.Words);
        }
        Save(page.File);
    }

    private static void Download()
    {
        var typed = new Dictionary<string, string>
        {
            { "リクエスト ID", Need("OBN_REQUEST_ID") },
            { "リファレンス ID", Need("OBN_REFERENCE_ID") },
            { "証明書パスワード", Password() },
            { "証明書パスワード(確認用)", Password() },
        };
        Save(Again(delegate
        {
            var browser = new Browser(null);
            return Accept(browser.Press(browser.Open("/p/rcd"), "ダウンロード", typed));
        }));
    }

    private static void Renew()
    {
        Password();
        if (File.Exists(Output))
        {
            Console.WriteLine("更新後の証明書は取得済みです");
            return;
        }
        if (!IsConfirmed("更新の申請"))
        {
            return;
        }
        X509Certificate2 own = Own();
        Save(Again(delegate { return RenewOnce(new Browser(own)); }));
        Console.WriteLine("申請の受付情報: " + Note);
    }

    private static byte[] RenewOnce(Browser browser)
    {
        // An application that was sent is looked for before another one is made.
        byte[] found = File.Exists(Note) ? Find(browser, true) : null;
        if (found != null)
        {
            return found;
        }
        Page page = browser.Press(browser.Open("/p/ru"), "証明書更新申請");
        if (page.Value("証明書ステータス").Length == 0 && page.Has("Submit"))
        {
            Write(Note, Encoding.UTF8.GetBytes("applying"));
            page = browser.Press(page, "Submit");
        }
        if (page.Value("リクエストID").Length == 0)
        {
            // The note stays: who is busy with other words may have accepted.
            throw page.Refusal();
        }
        // No letter brings these IDs, so they stay there.
        Write(Note, Encoding.UTF8.GetBytes(page.Value("リクエストID") + " " + page.Value("リファレンス ID")));
        page = WaitForIssue(browser, page);
        return FetchKey(browser, page.Has("鍵の取得") ? browser.Press(page, "鍵の取得") : page);
    }

    /// <summary>Looks at the status until it is 発行済み, as long as we are told to wait.</summary>
    private static Page WaitForIssue(Browser browser, Page page)
    {
        double seconds = Told("OBN_WAIT").Length == 0 ? 60 : double.Parse(Told("OBN_WAIT"), CultureInfo.InvariantCulture);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!page.Has("鍵の取得") && page.Field("証明書パスワード") == null)
        {
            string status = page.Value("証明書ステータス");
            if (status != "鍵生成中" && status != "発行要求中")
            {
                if (status.Length > 0)
                {
                    // Only a failed issue is worth another application, not a page that came in between.
                    File.Delete(Note);
                }
                throw page.Refusal();
            }
            if (watch.Elapsed.TotalSeconds > seconds)
            {
                throw new Failure(Protocol, "まだ発行されていません (" + status + ")。後ほど「更新後証明書の取得」から取得できます");
            }
            Thread.Sleep(PollInterval);
            page = browser.Reload(page);
        }
        return page;
    }

    private static byte[] FetchKey(Browser browser, Page page)
    {
        // Download Key may bring the file at once, with the password that was chosen before.
        if (page.File != null)
        {
            return Accept(page);
        }
        var typed = new Dictionary<string, string> { { "証明書パスワード", Password() } };
        return Accept(browser.Press(browser.Press(page, "Submit", typed), "Download"));
    }

    private static void Collect()
    {
        Password();
        X509Certificate2 own = Own();
        byte[] found = Again(delegate { return Find(new Browser(own), false); });
        if (found == null)
        {
            throw new Failure(Refused, "更新後の証明書が一覧にありません。更新申請からやり直してください");
        }
        Save(found);
    }

    /// <summary>The key of the renewal in the note, or of the last one, from 更新後証明書の取得; null if it isn't there.</summary>
    private static byte[] Find(Browser browser, bool patient)
    {
        string wanted = File.Exists(Note) ? File.ReadAllText(Note).Split(' ')[0] : Told("OBN_REQUEST_ID");
        bool known = Regex.IsMatch(wanted, "^[0-9]+$");
        // Without a request ID nobody knows whether the application arrived: two looks are enough.
        int looks = !patient ? 1 : known ? 20 : 2;
        for (int look = 0; look < looks; look++)
        {
            Thread.Sleep(look == 0 ? TimeSpan.Zero : PollInterval);
            Page list = browser.Press(browser.Open("/p/ru"), "更新後証明書の取得");
            if (!Page.Normal(list.Words).Contains("更新後証明書の取得"))
            {
                // An empty list means that nothing was applied for; another page in its place doesn't.
                throw new Failure(Protocol, "更新後証明書の取得画面が表示されません: " + list.Words);
            }
            Page chosen = list.All("tr").LastOrDefault(row => row.Has("Download Key") && (!known || row.Words.Contains(wanted)));
            if (chosen != null)
            {
                return FetchKey(browser, browser.Press(chosen, "Download Key"));
            }
        }
        if (patient && known)
        {
            // Who knows its ID doesn't apply again.
            throw new Failure(Protocol, "申請済みの更新 " + wanted + " はまだ発行されていません。申請し直すには " + Note + " を削除してください");
        }
        return null;
    }

    /// <summary>Where the certificate is for.</summary>
    private static void LogIn()
    {
        Page page = new Browser(Own()).Go(new Uri(Need("OBN_LOGIN_URL")));
        if (page.File != null || page.Status >= 400 || page.Alerts.Any())
        {
            throw page.Refusal();
        }
        Console.WriteLine(page.Words);
    }

    private static void Revoke()
    {
        string email = Need("OBN_EMAIL");
        var ids = new Dictionary<string, string>
        {
            { "リクエスト ID", Need("OBN_REQUEST_ID") }, { "リファレンス ID", Need("OBN_REFERENCE_ID") },
        };
        if (!IsConfirmed("失効の申請"))
        {
            return;
        }
        X509Certificate2 own = Told("OBN_IDENTITY").Length == 0 ? null : Own();
        Again(delegate
        {
            var browser = new Browser(own);
            Page form = browser.Press(browser.Open("/p/rx"), "次へ", ids).Good();
            var typed = new Dictionary<string, string> { { "申請者のメールアドレス", email }, { "メールアドレス(確認用)", email } };
            return Receipt(browser.Press(browser.Press(form, "申請", typed).Good(), "申請"));
        });
        Console.WriteLine("失効申請を受け付けました。承認されると " + email + " に連絡があります");
    }

    /// <summary>The manual doesn't show the page that takes an application, so its words decide.</summary>
    private static Page Receipt(Page page)
    {
        string words = Page.Normal(page.Good().Words);
        bool isTaken = Regex.IsMatch(words, "受け?付け?ました|受理しました|完了(しました|です)|(申請|送信|受付)完了");
        if (!isTaken || Regex.IsMatch(words, "ません|失敗|エラー|却下|拒否"))
        {
            throw page.Refusal();
        }
        return page;
    }

    /// <summary>Days are Japan's.</summary>
    private static void Notices()
    {
        DateTime now = DateTime.Parse(Need("OBN_NOW"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        DateTime end = Own().NotAfter.ToUniversalTime();
        int left = (end.AddHours(9).Date - now.AddHours(9).Date).Days;
        if (left > 7 && !new[] { 90, 60, 30, 15 }.Contains(left))
        {
            return;
        }
        string text = left < 0 ? "が切れています。新たに発行申請が必要です" : "まであと" + left + "日です。更新してください";
        Write(Output, Encoding.UTF8.GetBytes("証明書に関するお知らせ\n証明書の有効期限" + text + "。\n"));
    }

    /// <summary>Deletes what the certificate in use has replaced.</summary>
    private static void Remove()
    {
        if (!IsConfirmed("削除"))
        {
            return;
        }
        X509Certificate2 current = Own();
        foreach (string file in Directory.GetFiles(Need("OBN_FOLDER"), "*.p12"))
        {
            List<X509Certificate2> found;
            try
            {
                found = Pfx.Certificates(File.ReadAllBytes(file), Need("OBN_IDENTITY_PASSWORD"));
            }
            catch (CryptographicException)
            {
                continue;
            }
            X509Certificate2 other = found.FirstOrDefault(one => one.HasPrivateKey && IsIssuedHere(one));
            if (other != null && other.Subject == current.Subject && other.NotAfter < current.NotAfter)
            {
                File.Delete(file);
                Console.WriteLine("削除しました: " + Path.GetFileName(file));
            }
        }
    }

    /// <summary>What the terminal has, the newest first. Days are Japan's, and a renewal keeps the name.</summary>
    private static void ListFolder()
    {
        var found = new List<X509Certificate2>();
        string password = Need("OBN_IDENTITY_PASSWORD");
        foreach (string file in Directory.GetFiles(Need("OBN_FOLDER"), "*.p12"))
        {
            var own = new List<X509Certificate2>();
            try
            {
                own = Pfx.Certificates(File.ReadAllBytes(file), password).FindAll(one => one.HasPrivateKey && IsIssuedHere(one));
            }
            catch (CryptographicException)
            {
                // Told below.
            }
            if (own.Count == 0)
            {
                Console.Error.WriteLine("共通認証局の証明書として開けません: " + Path.GetFileName(file));
            }
            found.AddRange(own);
        }
        var lines = new StringBuilder();
        foreach (X509Certificate2 one in found.OrderByDescending(one => one.NotAfter))
        {
            string day = one.NotAfter.ToUniversalTime().AddHours(9).ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);
            lines.Append(day + "  " + one.SerialNumber + "  " + one.GetNameInfo(X509NameType.SimpleName, false) + "\n");
        }
        Save(Encoding.UTF8.GetBytes(lines.ToString()));
    }

    /// <summary>That of the MPKI client. The site tells no version, so the bytes of what was installed do.</summary>
    private static void Installer()
    {
        byte[] installed = Told("OBN_INSTALLED").Length == 0 ? null : File.ReadAllBytes(Told("OBN_INSTALLED"));
        Page page = Again(delegate { return new Browser(null).Open("/p/s"); });
        if (page.File == null || !page.File.Take(CompoundFile.Length).SequenceEqual(CompoundFile))
        {
            throw new Failure(Protocol, "インストーラーが得られません: " + page.Words);
        }
        if (installed != null && page.File.SequenceEqual(installed))
        {
            Console.WriteLine("MPKI クライアントは最新です");
            return;
        }
        Save(page.File);
        if (installed != null)
        {
            Console.WriteLine("新しいバージョンがあります。旧バージョンをアンインストールしてから、保存したファイルでインストールしてください");
        }
    }

    // ---- what actions share

    private static string Told(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? "";
    }

    private static string Need(string name)
    {
        if (Told(name).Length == 0)
        {
            throw new Failure(Usage, name + " がありません");
        }
        return Told(name);
    }

    private static string Password()
    {
        if (!Regex.IsMatch(Need("OBN_PASSWORD"), @"^[0-9]{4}\z"))
        {
            throw new Failure(Usage, "証明書パスワードは半角数字4桁で指定してください");
        }
        return Need("OBN_PASSWORD");
    }

    private static bool IsConfirmed(string what)
    {
        bool isYes = Told("OBN_CONFIRM").Length == 0 || Told("OBN_CONFIRM") == "yes";
        if (!isYes)
        {
            Console.WriteLine(what + "を取りやめました");
        }
        return isYes;
    }

    private static string Output
    {
        get { return Path.GetFullPath(Need("OBN_OUTPUT")); }
    }

    /// <summary>Where an application that has been sent is remembered.</summary>
    private static string Note
    {
        get { return Output + ".renewal"; }
    }

    private static void Save(byte[] file)
    {
        Write(Output, file);
        Console.WriteLine("保存しました: " + Output);
    }

    /// <summary>Whole or not at all: under another name beside it first.</summary>
    private static void Write(string path, byte[] content)
    {
        string fresh = Path.Combine(Path.GetDirectoryName(path), "." + Path.GetFileName(path) + "." + Guid.NewGuid().ToString("N"));
        try
        {
            using (var file = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content, 0, content.Length);
                file.Flush(true);
            }
            if (File.Exists(path))
            {
                File.Replace(fresh, path, null);
            }
            else
            {
                File.Move(fresh, path);
            }
        }
        finally
        {
            File.Delete(fresh);
        }
    }

    /// <summary>Walks again from the first page after a lost session or a broken file, a few times.</summary>
    private static T Again<T>(Func<T> walk)
    {
        for (int left = Tries - 1; ; left--)
        {
            try
            {
                return walk();
            }
            catch (StartAgain)
            {
                if (left == 0)
                {
                    throw;
                }
            }
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Ends the program with a status and a sentence.</summary>
    private class Failure : Exception
    {
        public readonly int Status;

        public Failure(int status, string text) : base(text)
        {
            Status = status;
        }
    }

    /// <summary>The page セッション無効, or a damaged file: what helps is to begin anew.</summary>
    private sealed class StartAgain : Failure
    {
        public StartAgain(string text) : base(Protocol, text)
        {
        }
    }

    private static StreamWriter Utf8(Stream stream)
    {
        return new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
    }

    [DllImport("libc", EntryPoint = "umask")]
    private static extern uint SetFileModeMask(uint mask);

    // ---- certificates

    private static bool IsIssuedHere(X509Certificate2 certificate)
    {
        return Regex.IsMatch(certificate.Issuer, "(^|[,+] *)CN=\"?" + Issuer);
    }

    /// <summary>The certificate in use, with its key: of several in the file the one of this CA.</summary>
    private static X509Certificate2 Own()
    {
        List<X509Certificate2> found;
        try
        {
            found = Pfx.Certificates(File.ReadAllBytes(Need("OBN_IDENTITY")), Need("OBN_IDENTITY_PASSWORD"));
        }
        catch (CryptographicException)
        {
            throw new Failure(Usage, "証明書ファイルが開けません。パスワードを確認してください");
        }
        X509Certificate2 own = found.FirstOrDefault(one => one.HasPrivateKey && IsIssuedHere(one));
        if (own == null)
        {
            throw new Failure(Usage, "発行者が " + Issuer + " の証明書と秘密鍵が入っていません");
        }
        return own;
    }

    /// <summary>The bytes of a good certificate file, believed only after looking inside.</summary>
    private static byte[] Accept(Page page)
    {
        if (page.File == null)
        {
            throw page.Refusal();
        }
        List<X509Certificate2> found;
        try
        {
            found = Pfx.Certificates(page.File, Password());
        }
        catch (CryptographicException)
        {
            throw new StartAgain("証明書ファイルが壊れているか、パスワードで開けません");
        }
        X509Certificate2 own = found.FirstOrDefault(one => one.HasPrivateKey);
        if (own == null || !Pfx.IsKeyOf(own))
        {
            throw new StartAgain("証明書ファイルに、秘密鍵とそれに合う証明書がありません");
        }
        if (!IsIssuedHere(own))
        {
            throw new Failure(Protocol, "発行者が " + Issuer + " ではありません");
        }
        if (!found.Any(root => Pfx.IsSignedBy(own, root)))
        {
            throw new Failure(Protocol, "証明書に署名したルート証明書が入っていません");
        }
        return page.File;
    }

    /// <summary>What lies in a PFX file.</summary>
    private static class Pfx
    {
        /// <summary>All certificates; those whose key is there have it. Throws CryptographicException if it doesn't open.</summary>
        public static List<X509Certificate2> Certificates(byte[] pfx, string password)
        {
            if (OnMono.IsHere)
            {
                return OnMono.Certificates(pfx, password);
            }
            var all = new X509Certificate2Collection();
            all.Import(pfx, password, X509KeyStorageFlags.DefaultKeySet);
            return all.Cast<X509Certificate2>().ToList();
        }

        public static bool IsKeyOf(X509Certificate2 certificate)
        {
            byte[] data = { 1, 2, 3 };
            byte[] signed = certificate.GetRSAPrivateKey().SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return Verifies(certificate, data, signed, HashAlgorithmName.SHA256);
        }

        /// <summary>Whether the issuer has this name and its key has signed the certificate. Days don't count here.</summary>
        public static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2 issuer)
        {
            var hashes = new Dictionary<string, HashAlgorithmName>
            {
                { "1.2.840.113549.1.1.5", HashAlgorithmName.SHA1 }, { "1.2.840.113549.1.1.11", HashAlgorithmName.SHA256 },
                { "1.2.840.113549.1.1.12", HashAlgorithmName.SHA384 }, { "1.2.840.113549.1.1.13", HashAlgorithmName.SHA512 },
            };
            HashAlgorithmName hash;
            bool isNamed = certificate.IssuerName.RawData.SequenceEqual(issuer.SubjectName.RawData);
            if (!isNamed || !hashes.TryGetValue(certificate.SignatureAlgorithm.Value, out hash))
            {
                return false;
            }
            // A certificate is a sequence of what is signed, an algorithm, and a bit string.
            List<ArraySegment<byte>> parts = Parts(certificate.RawData);
            byte[] signed = parts[0].ToArray();
            int length = HeaderLength(certificate.RawData, parts[2].Offset) + 1;
            return Verifies(issuer, signed, parts[2].Skip(length).ToArray(), hash);
        }

        private static bool Verifies(X509Certificate2 by, byte[] data, byte[] signature, HashAlgorithmName hash)
        {
            RSA key = by.GetRSAPublicKey();
            return key != null && key.VerifyData(data, signature, hash, RSASignaturePadding.Pkcs1);
        }

        /// <summary>The elements of a DER sequence, each with its header.</summary>
        private static List<ArraySegment<byte>> Parts(byte[] der)
        {
            var parts = new List<ArraySegment<byte>>();
            for (int at = HeaderLength(der, 0), end; at < der.Length; at = end)
            {
                end = at + HeaderLength(der, at) + ContentLength(der, at);
                parts.Add(new ArraySegment<byte>(der, at, end - at));
            }
            return parts;
        }

        private static int HeaderLength(byte[] der, int at)
        {
            return der[at + 1] < 128 ? 2 : 2 + (der[at + 1] & 127);
        }

        private static int ContentLength(byte[] der, int at)
        {
            IEnumerable<byte> digits = der.Skip(at + 2).Take(HeaderLength(der, at) - 2);
            return der[at + 1] < 128 ? der[at + 1] : digits.Aggregate(0, (length, digit) => length * 256 + digit);
        }
    }

    // ---- the site

    /// <summary>Walks through the site: trusts OBN_ROOT alone, and shows the certificate that it is given.</summary>
    private sealed class Browser
    {
        private readonly Uri site = new Uri(Need("OBN_URL"));
        private readonly X509Certificate2 own;
        private readonly X509Certificate2Collection roots = new X509Certificate2Collection();
        private readonly IWebProxy proxy;
        private CookieContainer cookies = new CookieContainer();

        public Browser(X509Certificate2 own)
        {
            this.own = own;
            string pem = File.ReadAllText(Need("OBN_ROOT"));
            foreach (Match block in Regex.Matches(pem, "-----BEGIN CERTIFICATE-----([^-]+)-----END"))
            {
                roots.Add(new X509Certificate2(Convert.FromBase64String(block.Groups[1].Value)));
            }
            if (OnMono.IsHere)
            {
                OnMono.LeaveTrustToUs();
            }
            string at = Told("OBN_PROXY");
            if (at.Length > 0 && !IsBypassed())
            {
                // Basic or NTLM, as the proxy asks.
                proxy = new WayThrough(new Uri(at));
                if (Told("OBN_PROXY_USER").Length > 0)
                {
                    proxy.Credentials = new NetworkCredential(Told("OBN_PROXY_USER"), Told("OBN_PROXY_PASSWORD"));
                }
            }
            ServicePointManager.Expect100Continue = false;
            ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls12;
        }

        /// <summary>Whether the list of exceptions has the site, such as *.obn.managedpki.ne.jp;localhost.</summary>
        private bool IsBypassed()
        {
            string[] names = Told("OBN_PROXY_BYPASS").ToLowerInvariant().Replace(" ", "").Split(';');
            return names.Any(name => name == site.Host || name.StartsWith("*") && site.Host.EndsWith(name.Substring(1)));
        }

        /// <summary>Opens one of the site's first pages, as after closing the browser.</summary>
        public Page Open(string path)
        {
            cookies = new CookieContainer();
            return Go(new Uri(site, path));
        }

        public Page Go(Uri url)
        {
            return Send(url, null);
        }

        public Page Reload(Page page)
        {
            return Send(page.Url, null);
        }

        /// <summary>Where a link leads.</summary>
        public Page Follow(Page link)
        {
            return Send(link.To("href"), null);
        }

        public Page Press(Page page, string words)
        {
            return Press(page, words, new Dictionary<string, string>());
        }

        /// <summary>Fills in fields by their labels, and presses the button or link of these words.</summary>
        public Page Press(Page page, string words, Dictionary<string, string> typed)
        {
            foreach (Page form in page.All("form"))
            {
                Page button = form.All("button").FirstOrDefault(part => part.Says(words));
                if (button != null)
                {
                    return Submit(form, button, typed);
                }
            }
            Page link = page.All("a").FirstOrDefault(part => part.Says(words));
            if (link == null)
            {
                throw page.Refusal();
            }
            return Follow(link);
        }

        /// <summary>Sends all that a form carries.</summary>
        private Page Submit(Page form, Page button, Dictionary<string, string> typed)
        {
            var texts = new Dictionary<string, string>();
            foreach (var one in typed)
            {
                string id = form.Field(one.Key);
                if (id == null)
                {
                    throw new Failure(Protocol, "「" + one.Key + "」の入力欄がありません: " + form.Words);
                }
                texts[id] = one.Value;
            }
            var carried = new List<string>();
            foreach (Page field in form.All("input").Concat(new[] { button }))
            {
                string value;
                if (!texts.TryGetValue(field.Attribute("id"), out value))
                {
                    value = field.Attribute("value");
                }
                if (field.Attribute("name").Length > 0)
                {
                    carried.Add(Uri.EscapeDataString(field.Attribute("name")) + "=" + Uri.EscapeDataString(value));
                }
            }
            string data = string.Join("&", carried);
            if (form.Attribute("method").ToLowerInvariant() == "post")
            {
                return Send(form.To("action"), data);
            }
            return Send(data.Length == 0 ? form.To("action") : new Uri(form.To("action"), "?" + data), null);
        }

        /// <summary>Gets a page or a file; with a form, posts it.</summary>
        private Page Send(Uri url, string form)
        {
            var request = (HttpWebRequest)WebRequest.Create(url);
            request.CookieContainer = cookies;
            request.Proxy = proxy;
            request.Timeout = request.ReadWriteTimeout = 90000;
            if (own != null)
            {
                request.ClientCertificates.Add(own);
            }
            request.ServerCertificateValidationCallback = IsTrusted;
            try
            {
                if (form != null)
                {
                    // On a line of its own: one that has dropped meanwhile would have the form sent again, and applied twice.
                    request.KeepAlive = false;
                    request.Method = "POST";
                    request.ContentType = "application/x-www-form-urlencoded";
                    byte[] body = Encoding.ASCII.GetBytes(form);
                    request.ContentLength = body.Length;
                    using (Stream stream = request.GetRequestStream())
                    {
                        stream.Write(body, 0, body.Length);
                    }
                }
                return Read((HttpWebResponse)request.GetResponse());
            }
            catch (WebException error)
            {
                var response = error.Response as HttpWebResponse;
                if (response != null && response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired)
                {
                    return Read(response);
                }
                throw About(error);
            }
            catch (IOException)
            {
                throw new Failure(Network, "サイトとの接続が切れました");
            }
        }

        private static Page Read(HttpWebResponse response)
        {
            string kind = response.ContentType ?? "";
            var content = new MemoryStream();
            Uri url = response.ResponseUri;
            int status = (int)response.StatusCode;
            long length = response.ContentLength;
            using (response)
            {
                try
                {
                    response.GetResponseStream().CopyTo(content);
                }
                catch (IOException)
                {
                    throw new StartAgain("途中までしか届きませんでした");
                }
                catch (WebException)
                {
                    throw new StartAgain("途中までしか届きませんでした");
                }
            }
            if (content.Length < length)
            {
                throw new StartAgain("途中までしか届きませんでした");
            }
            byte[] body = content.ToArray();
            // Some call a file a page; DER and installers begin with these bytes.
            bool isPage = kind.StartsWith("text/html") && !(body.Length > 0 && (body[0] == 0x30 || body[0] == 0xD0));
            Page page = isPage ? new Page(url, status, "", Charset(kind).GetString(body)) : new Page(url, status, body);
            if (isPage && Page.Normal(page.Words).Contains("セッション無効"))
            {
                throw new StartAgain("セッションが繰り返し無効になりました");
            }
            if (status >= (isPage ? 500 : 400))
            {
                throw new Failure(Network, "サイトが応答できません (" + status + "): " + page.Words);
            }
            return page;
        }

        /// <summary>The encoding that a page's header names.</summary>
        private static Encoding Charset(string kind)
        {
            try
            {
                Match named = Regex.Match(kind, "charset=\"?([A-Za-z0-9_-]+)", RegexOptions.IgnoreCase);
                return named.Success ? Encoding.GetEncoding(named.Groups[1].Value) : Encoding.UTF8;
            }
            catch (ArgumentException)
            {
                return Encoding.UTF8;
            }
        }

        /// <summary>Whether the server's certificate is for this host and leads to OBN_ROOT, whatever else the machine trusts.</summary>
        private bool IsTrusted(object sender, X509Certificate certificate, X509Chain sent, SslPolicyErrors errors)
        {
            if (OnMono.IsHere)
            {
                return OnMono.IsTrusted(((HttpWebRequest)sender).Address.Host, certificate, sent, roots);
            }
            if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            {
                return false;
            }
            var chain = new X509Chain();
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
            chain.ChainPolicy.ExtraStore.AddRange(roots);
            foreach (X509ChainElement element in sent.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
            bool isGood = chain.Build(new X509Certificate2(certificate));
            X509Certificate2 last = chain.ChainElements[chain.ChainElements.Count - 1].Certificate;
            return isGood && roots.Cast<X509Certificate2>().Any(root => root.RawData.SequenceEqual(last.RawData));
        }

        private static Failure About(WebException error)
        {
            bool isTls = error.Status == WebExceptionStatus.TrustFailure || error.Status == WebExceptionStatus.SecureChannelFailure;
            for (Exception cause = error; cause != null; cause = cause.InnerException)
            {
                isTls = isTls || cause is AuthenticationException;
                if (cause.Message.Contains("407"))
                {
                    return new Failure(Network, "プロキシの認証に失敗しました (407)");
                }
            }
            return new Failure(Network, isTls
                ? "サーバー証明書を信頼できません: 信頼するルート証明書に至らないか、中間証明書が送られていないか、別のホストのものです"
                : "サイトに接続できません (" + error.Status + ")");
        }
    }

    /// <summary>One proxy for all; WebProxy goes around itself for what is on this machine.</summary>
    private sealed class WayThrough : IWebProxy
    {
        private readonly Uri proxy;

        public WayThrough(Uri proxy)
        {
            this.proxy = proxy;
        }

        public ICredentials Credentials { get; set; }

        public Uri GetProxy(Uri destination)
        {
            return proxy;
        }

        public bool IsBypassed(Uri host)
        {
            return false;
        }
    }

    // ---- pages

    /// <summary>A page or a part of one, read as a person does: by headings, labels, links and buttons. Or else a file.</summary>
    private sealed class Page
    {
        private const string Attributes = "((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>";
        private readonly string attributes, html;
        public readonly Uri Url;
        public readonly int Status;
        /// <summary>The bytes of a file; null if it is a page.</summary>
        public readonly byte[] File;

        public Page(Uri url, int status, string attributes, string html)
        {
            Url = url;
            Status = status;
            this.attributes = attributes;
            this.html = html;
        }

        public Page(Uri url, int status, byte[] file) : this(url, status, "", "")
        {
            File = file;
        }

        /// <summary>What begins with one of these tags, up to its end.</summary>
        public IEnumerable<Page> All(string tags)
        {
            foreach (Match tag in Regex.Matches(html, "<(" + tags + ")\\b" + Attributes, RegexOptions.IgnoreCase))
            {
                int from = tag.Index + tag.Length;
                int end = html.IndexOf("</" + tag.Groups[1].Value, from, StringComparison.OrdinalIgnoreCase);
                yield return new Page(Url, Status, tag.Groups[2].Value, html.Substring(from, (end < 0 ? html.Length : end) - from));
            }
        }

        /// <summary>The value of an attribute; empty if there is none.</summary>
        public string Attribute(string name)
        {
            Match found = Regex.Match(attributes, "(?:^|\\s)" + name + "\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s\"'>]+))", RegexOptions.IgnoreCase);
            return WebUtility.HtmlDecode(found.Groups[1].Value + found.Groups[2].Value + found.Groups[3].Value);
        }

        public string Words
        {
            get
            {
                string text = Regex.Replace(html, "(?is)<!--.*?-->|<(script|style)\\b.*?</\\1\\s*>|<[^>]*>", " ");
                return Regex.Replace(WebUtility.HtmlDecode(text), "\\s+", " ").Trim();
            }
        }

        public bool Says(string words)
        {
            return Normal(Words) == Normal(words);
        }

        public bool Has(string control)
        {
            return All("a|button").Any(part => part.Says(control));
        }

        /// <summary>The ID of the field that a label names; null if there is none.</summary>
        public string Field(string label)
        {
            return All("label").Where(part => part.Says(label)).Select(part => part.Attribute("for")).FirstOrDefault();
        }

        /// <summary>What stands beside a heading in a table; empty if it has no such heading.</summary>
        public string Value(string heading)
        {
            return All("th|td").SkipWhile(cell => !cell.Says(heading)).Skip(1).Select(cell => cell.Words).FirstOrDefault() ?? "";
        }

        public IEnumerable<string> Alerts
        {
            get { return All("\\w+").Where(part => part.Attribute("role") == "alert").Select(part => part.Words); }
        }

        /// <summary>This page, unless the site says that something is wrong.</summary>
        public Page Good()
        {
            if (File != null || Alerts.Any())
            {
                throw Refusal();
            }
            return this;
        }

        /// <summary>What the site says instead of doing what was asked.</summary>
        public Failure Refusal()
        {
            if (File != null)
            {
                return new Failure(Protocol, "ページの代わりにファイルが届きました");
            }
            string said = string.Join(" ", Alerts);
            return new Failure(Refused, said.Length == 0 ? Words : said);
        }

        /// <summary>Where an attribute leads.</summary>
        public Uri To(string attribute)
        {
            return Attribute(attribute).Length == 0 ? Url : new Uri(Url, Attribute(attribute));
        }

        /// <summary>Blanks and the width of letters don't count.</summary>
        public static string Normal(string text)
        {
            return Regex.Replace(text.Normalize(NormalizationForm.FormKC), "\\s+", "");
        }
    }
}
