<?php
// Applies for, fetches, renews and revokes client certificates of the online billing network, with PHP's extensions curl
// and openssl.
//
// Told by its environment what to do (OBN_ACTION, …). Exit status: 0 done, 1 refused by the CA, 2 usage, 3 network or TLS,
// 4 the site broke its protocol, 77 not supported.
//
// Your own program goes in at the functions under "actions": each is one thing that a user wants, and ends with a file that
// is whole or with a Failure that says why there is none. What is under "pages" can stay as it is.
declare(strict_types=1);

const REFUSED = 1, USAGE = 2, NETWORK = 3, PROTOCOL = 4, UNSUPPORTED = 77;
const ISSUER = 'Online Billing NW Common Root CA';
const TRIES = 3;
const PAUSE = 300_000, POLL_INTERVAL = 700_000; // microseconds
const LONGEST_ANSWER = 90; // seconds
const COMPOUND_FILE = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"; // packages of the Windows installer begin so
// No function can be called list.
const ACTIONS = [
    'apply' => 'apply', 'root' => 'root', 'download' => 'download', 'renew' => 'renew', 'collect' => 'collect',
    'login' => 'login', 'revoke' => 'revoke', 'notices' => 'notices', 'remove' => 'remove', 'list' => 'listFolder',
    'installer' => 'installer',
];

/** Ends the program with a status and a sentence. */
class Failure extends RuntimeException
{
    public function __construct(public readonly int $status, string $text)
    {
        parent::__construct($text);
    }
}

/** The page セッション無効, or a damaged file: what helps is to begin anew. */
final class StartAgain extends Failure
{
    public function __construct(string $text)
    {
        parent::__construct(PROTOCOL, $text);
    }
}

// ---- actions

function apply(): void
{
    $email = need('EMAIL');
    // Insurers' codes have eight digits.
    $isInsurer = strlen(need('HOLDER')) === 8;
    if (!isConfirmed('発行の申請')) {
        return;
    }
    $receipt = again(function () use ($email, $isInsurer): Page {
        $browser = new Browser();
        $form = $browser->press($browser->open('/p/rcr'), $isInsurer ? '医療保険者等' : '医療機関等');
        return receipt($browser->press($browser->press($form, '次へ', [
            $isInsurer ? '保険者番号または受付番号' : '医療機関コードまたは受付番号' => need('HOLDER'),
            $isInsurer ? '医療保険者等の名称' : '医療機関等の名称' => told('HOLDER_NAME'),
            '部署名' => told('DEPARTMENT'),
            '電話番号' => told('TELEPHONE'),
            '申請者のメールアドレス' => $email,
            'メールアドレス(確認用)' => $email,
            '端末名称等' => told('TERMINAL'),
            '発行枚数' => told('CERTIFICATES'),
        ])->good(), '申請'));
    });
    say("発行を申請しました (申請番号: {$receipt->value('申請番号')})。受付通知が $email に届きます");
}

function root(): void
{
    $browser = new Browser();
    $page = $browser->open('/p/cert');
    foreach ($page->all('a') as $link) {
        if (preg_match('/\.(cer|crt|der|pem)$/', $link->attribute('href'))) {
            $page = $browser->send($link->to('href'));
            break;
        }
    }
    $file = (string) $page->file;
    $pem = str_contains($file, '-----BEGIN') ? $file
        : "-----BEGIN CERTIFICATE-----\n" . chunk_split(base64_encode($file), 64, "\n") . "-----END CERTIFICATE-----\n";
    $certificate = openssl_x509_read($pem);
    if (!$certificate) {
        throw new Failure(PROTOCOL, "ルート証明書が得られません: {$page->words()}");
    }
    $name = openssl_x509_parse($certificate)['name'];
    say("サブジェクト: $name\nSHA-256: " . openssl_x509_fingerprint($certificate, 'sha256'));
    save($file);
}

function download(): void
{
    $typed = [
        'リクエスト ID' => need('REQUEST_ID'),
        'リファレンス ID' => need('REFERENCE_ID'),
        '証明書パスワード' => password(),
        '証明書パスワード(確認用)' => password(),
    ];
    save(again(function () use ($typed): string {
        $browser = new Browser();
        return accept($browser->press($browser->open('/p/rcd'), 'ダウンロード', $typed));
    }));
}

function renew(): void
{
    password();
    if (file_exists(need('OUTPUT'))) {
        say('更新後の証明書は取得済みです');
        return;
    }
    if (!isConfirmed('更新の申請')) {
        return;
    }
    $own = own();
    save(again(fn () => renewOnce(new Browser($own))));
    say('申請の受付情報: ' . note());
}

function renewOnce(Browser $browser): string
{
    // An application that was sent is looked for before another one is made.
    $found = file_exists(note()) ? find($browser, isPatient: true) : null;
    if ($found !== null) {
        return $found;
    }
    $page = $browser->press($browser->open('/p/ru'), '証明書更新申請');
    if ($page->value('証明書ステータス') === '' && $page->has('Submit')) {
        write(note(), 'applying');
        $page = $browser->press($page, 'Submit');
    }
    if ($page->value('リクエストID') === '') {
        // The note stays: who is busy with other words may have accepted.
        throw $page->refusal();
    }
    // No letter brings these IDs, so they stay there.
    write(note(), "{$page->value('リクエストID')} {$page->value('リファレンス ID')}");
    $page = waitForIssue($browser, $page);
    return fetchKey($browser, $page->has('鍵の取得') ? $browser->press($page, '鍵の取得') : $page);
}

/** Looks at the status until it is 発行済み, as long as we are told to wait. */
function waitForIssue(Browser $browser, Page $page): Page
{
    $end = microtime(true) + (float) (told('WAIT') ?: 60);
    while (!$page->has('鍵の取得') && $page->field('証明書パスワード') === '') {
        $status = $page->value('証明書ステータス');
        if (!in_array($status, ['鍵生成中', '発行要求中'], true)) {
            if ($status !== '' && file_exists(note())) {
                // Only a failed issue is worth another application, not a page that came in between.
                unlink(note());
            }
            throw $page->refusal();
        }
        if (microtime(true) > $end) {
            throw new Failure(PROTOCOL, "まだ発行されていません ($status)。後ほど「更新後証明書の取得」から取得できます");
        }
        usleep(POLL_INTERVAL);
        $page = $browser->send($page->url);
    }
    return $page;
}

function fetchKey(Browser $browser, Page $page): string
{
    // Download Key may bring the file at once, with the password that was chosen before.
    if ($page->file !== null) {
        return accept($page);
    }
    return accept($browser->press($browser->press($page, 'Submit', ['証明書パスワード' => password()]), 'Download'));
}

function collect(): void
{
    password();
    $own = own();
    $found = again(fn () => find(new Browser($own), isPatient: false));
    if ($found === null) {
        throw new Failure(REFUSED, '更新後の証明書が一覧にありません。更新申請からやり直してください');
    }
    save($found);
}

/** The key of the renewal in the note, or of the last one, from 更新後証明書の取得; null if it isn't there. */
function find(Browser $browser, bool $isPatient): ?string
{
    $wanted = file_exists(note()) ? explode(' ', (string) file_get_contents(note()))[0] : told('REQUEST_ID');
    $isKnown = (bool) preg_match('/^[0-9]+$/', $wanted);
    // Without a request ID nobody knows whether the application arrived: two looks are enough.
    $looks = match (true) {
        !$isPatient => 1,
        $isKnown => 20,
        default => 2,
    };
    for ($look = 0; $look < $looks; $look++) {
        usleep($look === 0 ? 0 : POLL_INTERVAL);
        $list = $browser->press($browser->open('/p/ru'), '更新後証明書の取得');
        if (!str_contains(Page::normal($list->words()), '更新後証明書の取得')) {
            // An empty list means that nothing was applied for; another page in its place doesn't.
            throw new Failure(PROTOCOL, "更新後証明書の取得画面が表示されません: {$list->words()}");
        }
        $rows = array_filter($list->all('tr'), fn (Page $row) => $row->has('Download Key')
            && (!$isKnown || str_contains($row->words(), $wanted)));
        if ($rows) {
            return fetchKey($browser, $browser->press(end($rows), 'Download Key'));
        }
    }
    if ($isPatient && $isKnown) {
        // Who knows its ID doesn't apply again.
        throw new Failure(PROTOCOL, "申請済みの更新 $wanted はまだ発行されていません。申請し直すには " . note() . ' を削除してください');
    }
    return null;
}

/** Where the certificate is for. */
function login(): void
{
    $page = (new Browser(own()))->send(need('LOGIN_URL'));
    if ($page->status >= 400) {
        throw $page->refusal();
    }
    say($page->good()->words());
}

function revoke(): void
{
    $email = need('EMAIL');
    $ids = ['リクエスト ID' => need('REQUEST_ID'), 'リファレンス ID' => need('REFERENCE_ID')];
    if (!isConfirmed('失効の申請')) {
        return;
    }
    $own = told('IDENTITY') === '' ? null : own();
    again(function () use ($own, $email, $ids): Page {
        $browser = new Browser($own);
        $form = $browser->press($browser->open('/p/rx'), '次へ', $ids)->good();
        $typed = ['申請者のメールアドレス' => $email, 'メールアドレス(確認用)' => $email];
        return receipt($browser->press($browser->press($form, '申請', $typed)->good(), '申請'));
    });
    say("失効申請を受け付けました。承認されると $email に連絡があります");
}

/** The manual doesn't show the page that takes an application, so its words decide. */
function receipt(Page $page): Page
{
    $words = Page::normal($page->good()->words());
    $isTaken = preg_match('/受け?付け?ました|受理しました|完了(しました|です)|(申請|送信|受付)完了/u', $words);
    if (!$isTaken || preg_match('/ません|失敗|エラー|却下|拒否/u', $words)) {
        throw $page->refusal();
    }
    return $page;
}

/** Days are Japan's. */
function notices(): void
{
    $day = fn (int $time) => intdiv($time + 9 * 3600, 24 * 3600);
    $left = $day(openssl_x509_parse(own()['cert'])['validTo_time_t']) - $day((int) strtotime(need('NOW')));
    if ($left > 7 && !in_array($left, [90, 60, 30, 15], true)) {
        return;
    }
    $text = $left < 0 ? 'が切れています。新たに発行申請が必要です' : "まであと{$left}日です。更新してください";
    write(need('OUTPUT'), "証明書に関するお知らせ\n証明書の有効期限$text。\n");
}

/** Deletes what the certificate in use has replaced. */
function remove(): void
{
    if (!isConfirmed('削除')) {
        return;
    }
    $current = openssl_x509_parse(own()['cert']);
    foreach (glob(need('FOLDER') . '/*.p12') ?: [] as $file) {
        foreach (pairs((string) file_get_contents($file), told('IDENTITY_PASSWORD')) as $pair) {
            $other = openssl_x509_parse($pair['cert']);
            $isOlder = $other['validTo_time_t'] < $current['validTo_time_t'];
            if (isIssuedHere($pair['cert']) && $other['subject'] === $current['subject'] && $isOlder) {
                unlink($file);
                say('削除しました: ' . basename($file));
                break;
            }
        }
    }
}

/** What the terminal has, the newest first. Days are Japan's, and a renewal keeps the name. */
function listFolder(): void
{
    $found = [];
    foreach (glob(need('FOLDER') . '/*.p12') ?: [] as $file) {
        $pairs = pairs((string) file_get_contents($file), told('IDENTITY_PASSWORD'));
        $own = array_filter($pairs, fn (array $pair) => isIssuedHere($pair['cert']));
        if (!$own) {
            fwrite(STDERR, '共通認証局の証明書として開けません: ' . basename($file) . "\n");
        }
        foreach ($own as $pair) {
            $found[] = openssl_x509_parse($pair['cert']);
        }
    }
    usort($found, fn (array $one, array $other) => $other['validTo_time_t'] <=> $one['validTo_time_t']);
    $lines = array_map(fn (array $one) => gmdate('Y/m/d', $one['validTo_time_t'] + 9 * 3600)
        . "  {$one['serialNumberHex']}  " . implode(' ', (array) ($one['subject']['CN'] ?? '')) . "\n", $found);
    save(implode('', $lines));
}

/** That of the MPKI client. The site tells no version, so the bytes of what was installed do. */
function installer(): void
{
    $installed = told('INSTALLED') === '' ? null : @file_get_contents(told('INSTALLED'));
    if ($installed === false) {
        throw new Failure(USAGE, told('INSTALLED') . ' を読み込めません');
    }
    $page = again(fn (): Page => (new Browser())->open('/p/s'));
    $file = (string) $page->file;
    if (!str_starts_with($file, COMPOUND_FILE)) {
        throw new Failure(PROTOCOL, "インストーラーが得られません: {$page->words()}");
    }
    if ($file === $installed) {
        say('MPKI クライアントは最新です');
        return;
    }
    save($file);
    if ($installed !== null) {
        say('新しいバージョンがあります。旧バージョンをアンインストールしてから、保存したファイルでインストールしてください');
    }
}

// ---- what actions share

/** What the environment says under OBN_…, or nothing. */
function told(string $name): string
{
    return (string) getenv("OBN_$name");
}

function need(string $name): string
{
    if (told($name) === '') {
        throw new Failure(USAGE, "OBN_$name がありません");
    }
    return told($name);
}

function password(): string
{
    if (!preg_match('/^[0-9]{4}$/D', need('PASSWORD'))) {
        throw new Failure(USAGE, '証明書パスワードは半角数字4桁で指定してください');
    }
    return need('PASSWORD');
}

function isConfirmed(string $what): bool
{
    $isYes = in_array(told('CONFIRM'), ['', 'yes'], true);
    if (!$isYes) {
        say("{$what}を取りやめました");
    }
    return $isYes;
}

function say(string $text): void
{
    fwrite(STDOUT, "$text\n");
}

/** Where an application that has been sent is remembered. */
function note(): string
{
    return need('OUTPUT') . '.renewal';
}

function save(string $file): void
{
    write(need('OUTPUT'), $file);
    say('保存しました: ' . need('OUTPUT'));
}

/** Whole or not at all, and for the owner alone: under another name beside it first. */
function write(string $path, string $content): void
{
    $fresh = dirname($path) . '/.' . basename($path) . '.' . bin2hex(random_bytes(8));
    try {
        $file = fopen($fresh, 'x');
        $isWritten = $file && fwrite($file, $content) === strlen($content) && fsync($file) && fclose($file);
        if (!$isWritten || !rename($fresh, $path)) {
            throw new Failure(USAGE, "$path に保存できません");
        }
    } finally {
        if (file_exists($fresh)) {
            unlink($fresh);
        }
    }
}

/** Walks again from the first page after a lost session or a broken file, a few times. */
function again(callable $walk): mixed
{
    for ($left = TRIES - 1; ; $left--) {
        try {
            return $walk();
        } catch (StartAgain $lost) {
            if ($left === 0) {
                throw $lost;
            }
        }
        usleep(PAUSE);
    }
}

// ---- certificates

function isIssuedHere(string $certificate): bool
{
    $names = (array) (openssl_x509_parse($certificate)['issuer']['CN'] ?? []);
    return (bool) array_filter($names, fn (string $name) => str_starts_with($name, ISSUER));
}

/** Certificates with their keys, as cert and pkey, and what else lies in a PFX file, as extracerts. */
function pairs(string $pfx, string $password): array
{
    $read = [];
    $isRead = openssl_pkcs12_read($pfx, $read, $password);
    if ($isRead && isset($read['cert'], $read['pkey']) && isIssuedHere($read['cert'])) {
        return [$read];
    }
    // PHP shows one pair of several, and no file with old algorithms: the command shows all of them.
    foreach ([[], ['-legacy']] as $older) {
        $command = ['openssl', 'pkcs12', '-nodes', '-passin', 'env:PFX_PASSWORD', ...$older];
        $ends = [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']];
        $process = @proc_open($command, $ends, $pipes, null, ['PFX_PASSWORD' => $password] + getenv());
        if (!$process) {
            break;
        }
        @fwrite($pipes[0], $pfx);
        fclose($pipes[0]);
        $pem = (string) stream_get_contents($pipes[1]);
        if (proc_close($process) === 0) {
            preg_match_all('/-----BEGIN ([A-Z ]+)-----.+?-----END \1-----/s', $pem, $blocks);
            $certificates = preg_grep('/BEGIN CERTIFICATE/', $blocks[0]);
            $pairs = [];
            foreach (preg_grep('/BEGIN CERTIFICATE/', $blocks[0], PREG_GREP_INVERT) as $key) {
                foreach ($certificates as $certificate) {
                    if (openssl_x509_check_private_key($certificate, $key)) {
                        $pairs[] = ['cert' => $certificate, 'pkey' => $key, 'extracerts' => $certificates];
                    }
                }
            }
            return $pairs;
        }
    }
    return [];
}

/** The certificate in use, with its key: of several in the file the one of this CA. */
function own(): array
{
    $file = @file_get_contents(need('IDENTITY'));
    if ($file === false) {
        throw new Failure(USAGE, need('IDENTITY') . ' を読み込めません');
    }
    $pairs = pairs($file, need('IDENTITY_PASSWORD'));
    if (!$pairs) {
        throw new Failure(USAGE, '証明書ファイルが開けません。パスワードを確認してください');
    }
    foreach ($pairs as $pair) {
        if (isIssuedHere($pair['cert'])) {
            return $pair;
        }
    }
    throw new Failure(USAGE, '発行者が ' . ISSUER . ' の証明書と秘密鍵が入っていません');
}

/** The bytes of a good certificate file, believed only after looking inside. */
function accept(Page $page): string
{
    if ($page->file === null) {
        throw $page->refusal();
    }
    $pairs = pairs($page->file, password());
    if (!$pairs) {
        throw new StartAgain('証明書ファイルが壊れているか、パスワードで開けません');
    }
    $own = $pairs[0];
    if (!openssl_x509_check_private_key($own['cert'], $own['pkey'])) {
        throw new StartAgain('秘密鍵が証明書のものではありません');
    }
    if (!isIssuedHere($own['cert'])) {
        throw new Failure(PROTOCOL, '発行者が ' . ISSUER . ' ではありません');
    }
    foreach ($own['extracerts'] ?? [] as $root) {
        $isNamed = openssl_x509_parse($root)['subject'] === openssl_x509_parse($own['cert'])['issuer'];
        if ($isNamed && openssl_x509_verify($own['cert'], $root) === 1) {
            return $page->file;
        }
    }
    throw new Failure(PROTOCOL, '証明書に署名したルート証明書が入っていません');
}

// ---- the site

/** Walks through the site: trusts OBN_ROOT alone, and shows the certificate that it is given. */
final class Browser
{
    private CurlHandle $http;

    public function __construct(private ?array $own = null)
    {
        $this->http = curl_init();
    }

    /** Opens one of the site's first pages, as after closing the browser. */
    public function open(string $path): Page
    {
        $this->http = curl_init();
        return $this->send(rtrim(need('URL'), '/') . $path);
    }

    /** Fills in fields by their labels, and presses the button or link of these words. */
    public function press(Page $page, string $words, array $typed = []): Page
    {
        foreach ($page->all('form') as $form) {
            foreach ($form->all('button') as $button) {
                if ($button->says($words)) {
                    return $this->submit($form, $button, $typed);
                }
            }
        }
        foreach ($page->all('a') as $link) {
            if ($link->says($words)) {
                return $this->send($link->to('href'));
            }
        }
        throw $page->refusal();
    }

    /** Sends all that a form carries. */
    private function submit(Page $form, Page $button, array $typed): Page
    {
        $texts = [];
        foreach ($typed as $label => $text) {
            $id = $form->field($label);
            if ($id === '') {
                throw new Failure(PROTOCOL, "「{$label}」の入力欄がありません: {$form->words()}");
            }
            $texts[$id] = $text;
        }
        $carried = [];
        foreach ([...$form->all('input'), $button] as $field) {
            $name = $field->attribute('name');
            if ($name !== '') {
                $value = $texts[$field->attribute('id')] ?? $field->attribute('value');
                $carried[] = urlencode($name) . '=' . urlencode($value);
            }
        }
        $data = implode('&', $carried);
        if (strtolower($form->attribute('method')) === 'post') {
            return $this->send($form->to('action'), $data);
        }
        return $this->send($form->to('action') . ($data === '' ? '' : "?$data"));
    }

    /** Gets a page or a file; with a form, posts it. */
    public function send(string $url, ?string $form = null): Page
    {
        $proxy = $this->isBypassed($url) ? '' : told('PROXY');
        curl_setopt_array($this->http, [
            CURLOPT_URL => $url,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => true,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTPS,
            CURLOPT_COOKIEFILE => '',
            CURLOPT_CAINFO => need('ROOT'),
            CURLOPT_TIMEOUT => LONGEST_ANSWER,
            CURLOPT_PROXY => $proxy,
            CURLOPT_NOPROXY => '',
            CURLOPT_PROXYAUTH => CURLAUTH_ANY,
            // A line that has dropped meanwhile would have the form sent again, and applied twice.
            CURLOPT_FRESH_CONNECT => $form !== null,
        ] + ($form === null ? [CURLOPT_HTTPGET => true] : [CURLOPT_POSTFIELDS => $form]));
        if ($proxy !== '' && told('PROXY_USER') !== '') {
            curl_setopt($this->http, CURLOPT_PROXYUSERNAME, told('PROXY_USER'));
            curl_setopt($this->http, CURLOPT_PROXYPASSWORD, told('PROXY_PASSWORD'));
        }
        if ($this->own !== null) {
            // From memory: no key lies in a file.
            curl_setopt($this->http, CURLOPT_SSLCERT_BLOB, $this->own['cert']);
            curl_setopt($this->http, CURLOPT_SSLKEY_BLOB, $this->own['pkey']);
        }
        $body = curl_exec($this->http);
        if ($body === false) {
            throw $this->trouble();
        }
        $status = curl_getinfo($this->http, CURLINFO_RESPONSE_CODE);
        $kind = (string) curl_getinfo($this->http, CURLINFO_CONTENT_TYPE);
        $here = curl_getinfo($this->http, CURLINFO_EFFECTIVE_URL);
        // Some call a file a page; DER and installers begin with these bytes.
        $isPage = str_starts_with($kind, 'text/html') && !preg_match('/^[\x30\xD0]/', $body);
        if ($isPage && preg_match('/charset="?([\w-]+)/i', $kind, $named) && strtolower($named[1]) !== 'utf-8') {
            $body = (string) iconv($named[1], 'UTF-8', $body);
        }
        $page = $isPage ? new Page($here, $status, html: $body) : new Page($here, $status, file: $body);
        if (str_contains(Page::normal($page->words()), 'セッション無効')) {
            throw new StartAgain('セッションが繰り返し無効になりました');
        }
        if ($status >= ($isPage ? 500 : 400)) {
            throw new Failure(NETWORK, "サイトが応答できません ($status): {$page->words()}");
        }
        return $page;
    }

    /** Whether the list of exceptions has the site, such as *.obn.managedpki.ne.jp;localhost. */
    private function isBypassed(string $url): bool
    {
        $host = (string) parse_url($url, PHP_URL_HOST);
        foreach (explode(';', strtolower(told('PROXY_BYPASS'))) as $name) {
            $name = trim($name);
            if ($name === $host || str_starts_with($name, '*') && str_ends_with($host, substr($name, 1))) {
                return true;
            }
        }
        return false;
    }

    private function trouble(): Failure
    {
        $text = curl_error($this->http);
        return match (curl_errno($this->http)) {
            CURLE_PARTIAL_FILE => new StartAgain('途中までしか届きませんでした'),
            CURLE_SSL_CACERT, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE => new Failure(NETWORK,
                "サーバー証明書を信頼できません。信頼するルート証明書に至らないか、中間証明書が送られていません: $text"),
            default => new Failure(NETWORK, str_contains($text, '407') ? "プロキシの認証に失敗しました: $text"
                : "サイトに接続できません: $text"),
        };
    }
}

// ---- pages

/** A page or a part of one, read as a person does: by headings, labels, links and buttons. Or else a file. */
final class Page
{
    private const ATTRIBUTES = '((?:[^>"\']++|"[^"]*"|\'[^\']*\')*+)>';

    public function __construct(
        public readonly string $url,
        public readonly int $status,
        public readonly string $attributes = '',
        public readonly string $html = '',
        public readonly ?string $file = null,
    ) {
    }

    /** @return Page[] what begins with one of these tags, up to its end */
    public function all(string $tags): array
    {
        $parts = [];
        preg_match_all("/<($tags)\\b" . self::ATTRIBUTES . '/i', $this->html, $found, PREG_SET_ORDER | PREG_OFFSET_CAPTURE);
        foreach ($found as [[$tag, $at], [$name], [$attributes]]) {
            $from = $at + strlen($tag);
            $end = stripos($this->html, "</$name", $from);
            $html = substr($this->html, $from, $end === false ? null : $end - $from);
            $parts[] = new Page($this->url, $this->status, $attributes, $html);
        }
        return $parts;
    }

    /** Its value; empty if there is none. */
    public function attribute(string $name): string
    {
        $is = preg_match("/(?:^|\\s)$name\\s*=\\s*(?|\"([^\"]*)\"|'([^']*)'|([^\\s\"'>]+))/i", $this->attributes, $found);
        return $is ? html_entity_decode($found[1], ENT_QUOTES | ENT_HTML5) : '';
    }

    public function words(): string
    {
        $text = preg_replace('/<!--.*?-->|<(script|style)\b.*?<\/\1\s*>|<[^>]*>/is', ' ', $this->html);
        return trim(preg_replace('/\s+/u', ' ', html_entity_decode((string) $text, ENT_QUOTES | ENT_HTML5)) ?? '');
    }

    public function says(string $words): bool
    {
        return self::normal($this->words()) === self::normal($words);
    }

    public function has(string $control): bool
    {
        return (bool) array_filter($this->all('a|button'), fn (Page $part) => $part->says($control));
    }

    /** The ID of the field that a label names; empty if there is none. */
    public function field(string $label): string
    {
        foreach ($this->all('label') as $part) {
            if ($part->says($label)) {
                return $part->attribute('for');
            }
        }
        return '';
    }

    /** What stands beside a heading in a table; empty if it has no such heading. */
    public function value(string $heading): string
    {
        $cells = $this->all('th|td');
        foreach ($cells as $at => $cell) {
            if ($cell->says($heading)) {
                return isset($cells[$at + 1]) ? $cells[$at + 1]->words() : '';
            }
        }
        return '';
    }

    public function alerts(): string
    {
        $said = array_filter($this->all('\w+'), fn (Page $part) => $part->attribute('role') === 'alert');
        return implode(' ', array_map(fn (Page $part) => $part->words(), $said));
    }

    /** This page, unless the site says that something is wrong. */
    public function good(): Page
    {
        return $this->file === null && $this->alerts() === '' ? $this : throw $this->refusal();
    }

    /** What the site says instead of doing what was asked. */
    public function refusal(): Failure
    {
        return $this->file === null ? new Failure(REFUSED, $this->alerts() ?: $this->words())
            : new Failure(PROTOCOL, 'ページの代わりにファイルが届きました');
    }

    /** Where an attribute leads. */
    public function to(string $attribute): string
    {
        $to = $this->attribute($attribute);
        preg_match('#^(https?://[^/?]+)([^?]*/)?([^?/]*)#', $this->url, $here);
        return match (true) {
            $to === '' => $this->url,
            (bool) preg_match('#^https?://#', $to) => $to,
            str_starts_with($to, '//') => "https:$to",
            str_starts_with($to, '/') => $here[1] . $to,
            str_starts_with($to, '?') => $here[0] . $to,
            default => $here[1] . ($here[2] ?: '/') . $to,
        };
    }

    /** Blanks and the width of letters don't count. */
    public static function normal(string $text): string
    {
        $narrow = fn (array $wide) => chr((ord($wide[0][1]) & 3) * 64 + (ord($wide[0][2]) & 63) + 32);
        $text = preg_replace_callback('/[\x{FF01}-\x{FF5E}]/u', $narrow, $text);
        return (string) preg_replace('/[\s\x{3000}]+/u', '', (string) $text);
    }
}

if (DIRECTORY_SEPARATOR === '/') {
    // What is written from here on, its owner alone can read. On Windows the folder's access list decides.
    umask(0077);
}
try {
    $action = ACTIONS[told('ACTION')] ?? throw new Failure(UNSUPPORTED, 'この操作には対応していません');
    $action();
} catch (Failure $failure) {
    fwrite(STDERR, $failure->getMessage() . "\n");
    exit($failure->status);
}
