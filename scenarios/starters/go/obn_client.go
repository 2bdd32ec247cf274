// Applies for, fetches, renews and revokes client certificates of the online billing network, with Go's standard library
// and the openssl command, which reads PFX files: the standard library can't.
//
// Told by its environment what to do (OBN_ACTION, ...). Exit status: 0 done, 1 refused by the CA, 2 usage, 3 network or
// TLS, 4 the site broke its protocol, 77 not supported.
//
// Your own program goes in at the functions under "actions": each is one thing that a user wants, and ends with a file that
// is whole or with an error that says why there is none. What is under "pages" can stay as it is.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	refused, usage, network, protocol, unsupported = 1, 2, 3, 4, 77

	issuer        = "Online Billing NW Common Root CA"
	compoundFile  = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" // packages of the Windows installer begin so
	tries         = 3
	pause         = 300 * time.Millisecond
	pollInterval  = 700 * time.Millisecond
	longestAnswer = 90 * time.Second
)

func main() {
	actions := map[string]func() error{
		"apply": apply, "root": root, "download": download, "renew": renew, "collect": collect,
		"login": login, "revoke": revoke, "notices": notices, "remove": remove,
		"list": list, "installer": installer,
	}
	action, known := actions[os.Getenv("OBN_ACTION")]
	if !known {
		action = func() error { return fail(unsupported, "この操作には対応していません") }
	}
	if err := action(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var failure *failure
		if errors.As(err, &failure) {
			os.Exit(failure.status)
		}
		os.Exit(usage) // a file can't be read or written
	}
}

// failure ends the program with a status and a sentence.
type failure struct {
	status int
	text   string
	// The page セッション無効, or a damaged file: what helps is to begin anew.
	again bool
}

func (f *failure) Error() string { return f.text }

func fail(status int, text string, values ...any) error {
	return &failure{status: status, text: fmt.Sprintf(text, values...)}
}

func startAgain(text string) error { return &failure{status: protocol, text: text, again: true} }

// ---- actions

func apply() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_HOLDER", "OBN_EMAIL"); err != nil || !isConfirmed("発行の申請") {
		return err
	}
	holder, email := os.Getenv("OBN_HOLDER"), os.Getenv("OBN_EMAIL")
	kind, code, name := "医療機関等", "医療機関コードまたは受付番号", "医療機関等の名称"
	if len(holder) == 8 {
		kind, code, name = "医療保険者等", "保険者番号または受付番号", "医療保険者等の名称"
	}
	receipt, err := walk(func() (*page, error) {
		browser, err := newBrowser(nil)
		if err != nil {
			return nil, err
		}
		return browser.steps("/p/rcr", step{kind, nil}, step{"次へ", fields{
			code:           holder,
			name:           os.Getenv("OBN_HOLDER_NAME"),
			"部署名":          os.Getenv("OBN_DEPARTMENT"),
			"電話番号":         os.Getenv("OBN_TELEPHONE"),
			"申請者のメールアドレス":  email,
			"メールアドレス(確認用)": email,
			"端末名称等":        os.Getenv("OBN_TERMINAL"),
			"発行枚数":         os.Getenv("OBN_CERTIFICATES"),
		}}, step{"申請", nil})
	})
	if err == nil {
		err = receipt.isReceipt()
	}
	if err == nil {
		fmt.Printf("発行を申請しました (申請番号: %s)。受付通知が %s に届きます\n", receipt.value("申請番号"), email)
	}
	return err
}

func root() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_OUTPUT"); err != nil {
		return err
	}
	browser, err := newBrowser(nil)
	if err != nil {
		return err
	}
	page, err := browser.open("/p/cert")
	if err != nil {
		return err
	}
	for _, link := range page.all("a") {
		if regexp.MustCompile(`\.(cer|crt|der|pem)$`).MatchString(link.attribute("href")) {
			if page, err = browser.send(link.to("href"), nil); err != nil {
				return err
			}
			break
		}
	}
	der := page.file
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(protocol, "ルート証明書が得られません: %s", page.words())
	}
	fmt.Printf("サブジェクト: %s\nSHA-256: %X\n", certificate.Subject, sha256.Sum256(der))
	return save(page.file)
}

func download() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_REQUEST_ID", "OBN_REFERENCE_ID", "OBN_OUTPUT", "OBN_PASSWORD"); err != nil {
		return err
	}
	file, err := walk(func() ([]byte, error) {
		browser, err := newBrowser(nil)
		if err != nil {
			return nil, err
		}
		password := os.Getenv("OBN_PASSWORD")
		return accept(browser.steps("/p/rcd", step{"ダウンロード", fields{
			"リクエスト ID":      os.Getenv("OBN_REQUEST_ID"),
			"リファレンス ID":     os.Getenv("OBN_REFERENCE_ID"),
			"証明書パスワード":      password,
			"証明書パスワード(確認用)": password,
		}}))
	})
	if err != nil {
		return err
	}
	return save(file)
}

func renew() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_IDENTITY", "OBN_OUTPUT", "OBN_PASSWORD"); err != nil {
		return err
	}
	if isThere(os.Getenv("OBN_OUTPUT")) {
		fmt.Println("更新後の証明書は取得済みです")
		return nil
	}
	if !isConfirmed("更新の申請") {
		return nil
	}
	own, err := ownIdentity()
	if err != nil {
		return err
	}
	file, err := walk(func() ([]byte, error) { return renewOnce(own) })
	if err != nil {
		return err
	}
	if err := save(file); err != nil {
		return err
	}
	fmt.Println("申請の受付情報: " + note())
	return nil
}

func renewOnce(own *identity) ([]byte, error) {
	browser, err := newBrowser(own)
	if err != nil {
		return nil, err
	}
	// An application that was sent is looked for before another one is made.
	if isThere(note()) {
		if found, err := find(browser, true); found != nil || err != nil {
			return found, err
		}
	}
	page, err := browser.steps("/p/ru", step{"証明書更新申請", nil})
	if err != nil {
		return nil, err
	}
	if page.value("証明書ステータス") == "" && page.has("Submit") {
		if err := write(note(), []byte("applying")); err != nil {
			return nil, err
		}
		if page, err = browser.press(page, "Submit", nil); err != nil {
			return nil, err
		}
	}
	if page.value("リクエストID") == "" {
		// The note stays: who is busy with other words may have accepted.
		return nil, page.refusal()
	}
	// No letter brings these IDs, so they stay there.
	if err := write(note(), []byte(page.value("リクエストID")+" "+page.value("リファレンス ID"))); err != nil {
		return nil, err
	}
	if page, err = waitForIssue(browser, page); err != nil {
		return nil, err
	}
	if page.has("鍵の取得") {
		if page, err = browser.press(page, "鍵の取得", nil); err != nil {
			return nil, err
		}
	}
	return fetchKey(browser, page)
}

// waitForIssue looks at the status until it is 発行済み, as long as we are told to wait.
func waitForIssue(browser *browser, page *page) (*page, error) {
	seconds, err := strconv.ParseFloat(os.Getenv("OBN_WAIT"), 64)
	if err != nil {
		seconds = 60
	}
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for !page.has("鍵の取得") && page.field("証明書パスワード") == "" {
		status := page.value("証明書ステータス")
		if status != "鍵生成中" && status != "発行要求中" {
			if status != "" {
				// Only a failed issue is worth another application, not a page that came in between.
				os.Remove(note())
			}
			return nil, page.refusal()
		}
		if time.Now().After(end) {
			return nil, fail(protocol, "まだ発行されていません (%s)。後ほど「更新後証明書の取得」から取得できます", status)
		}
		time.Sleep(pollInterval)
		if page, err = browser.send(page.url, nil); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func fetchKey(browser *browser, page *page) ([]byte, error) {
	// Download Key may bring the file at once, with the password that was chosen before.
	if page.file != nil {
		return accept(page, nil)
	}
	page, err := browser.press(page, "Submit", fields{"証明書パスワード": os.Getenv("OBN_PASSWORD")})
	if err != nil {
		return nil, err
	}
	return accept(browser.press(page, "Download", nil))
}

func collect() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_IDENTITY", "OBN_OUTPUT", "OBN_PASSWORD"); err != nil {
		return err
	}
	own, err := ownIdentity()
	if err != nil {
		return err
	}
	file, err := walk(func() ([]byte, error) {
		browser, err := newBrowser(own)
		if err != nil {
			return nil, err
		}
		return find(browser, false)
	})
	if err != nil {
		return err
	}
	if file == nil {
		return fail(refused, "更新後の証明書が一覧にありません。更新申請からやり直してください")
	}
	return save(file)
}

// find takes the key of the renewal in the note, or of the last one, from 更新後証明書の取得; nil if it isn't there.
func find(browser *browser, patient bool) ([]byte, error) {
	wanted := os.Getenv("OBN_REQUEST_ID")
	if noted, err := os.ReadFile(note()); err == nil {
		wanted, _, _ = strings.Cut(string(noted), " ")
	}
	known := regexp.MustCompile("^[0-9]+$").MatchString(wanted)
	looks := 1
	if patient {
		// Without a request ID nobody knows whether the application arrived: two looks are enough.
		looks = 2
		if known {
			looks = 20
		}
	}
	for look := 0; look < looks; look++ {
		if look > 0 {
			time.Sleep(pollInterval)
		}
		list, err := browser.steps("/p/ru", step{"更新後証明書の取得", nil})
		if err != nil {
			return nil, err
		}
		if !strings.Contains(normal(list.words()), "更新後証明書の取得") {
			// An empty list means that nothing was applied for; another page in its place doesn't.
			return nil, fail(protocol, "更新後証明書の取得画面が表示されません: %s", list.words())
		}
		var chosen *page
		for _, row := range list.all("tr") {
			if row.has("Download Key") && (!known || strings.Contains(row.words(), wanted)) {
				chosen = row
			}
		}
		if chosen != nil {
			page, err := browser.press(chosen, "Download Key", nil)
			if err != nil {
				return nil, err
			}
			return fetchKey(browser, page)
		}
	}
	if patient && known {
		// Who knows its ID doesn't apply again.
		return nil, fail(protocol, "申請済みの更新 %s はまだ発行されていません。申請し直すには %s を削除してください", wanted, note())
	}
	return nil, nil
}

// login goes where the certificate is for.
func login() error {
	if err := needs("OBN_LOGIN_URL", "OBN_ROOT", "OBN_IDENTITY"); err != nil {
		return err
	}
	own, err := ownIdentity()
	if err != nil {
		return err
	}
	browser, err := newBrowser(own)
	if err != nil {
		return err
	}
	page, err := browser.open(os.Getenv("OBN_LOGIN_URL"))
	if err != nil {
		return err
	}
	if page.status >= 400 {
		return page.refusal()
	}
	if err := page.isGood(); err != nil {
		return err
	}
	fmt.Println(page.words())
	return nil
}

func revoke() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_REQUEST_ID", "OBN_REFERENCE_ID", "OBN_EMAIL"); err != nil || !isConfirmed("失効の申請") {
		return err
	}
	var own *identity
	if os.Getenv("OBN_IDENTITY") != "" {
		var err error
		if own, err = ownIdentity(); err != nil {
			return err
		}
	}
	email := os.Getenv("OBN_EMAIL")
	receipt, err := walk(func() (*page, error) {
		browser, err := newBrowser(own)
		if err != nil {
			return nil, err
		}
		ids := fields{"リクエスト ID": os.Getenv("OBN_REQUEST_ID"), "リファレンス ID": os.Getenv("OBN_REFERENCE_ID")}
		addresses := fields{"申請者のメールアドレス": email, "メールアドレス(確認用)": email}
		return browser.steps("/p/rx", step{"次へ", ids}, step{"申請", addresses}, step{"申請", nil})
	})
	if err == nil {
		err = receipt.isReceipt()
	}
	if err == nil {
		fmt.Printf("失効申請を受け付けました。承認されると %s に連絡があります\n", email)
	}
	return err
}

// isReceipt: the manual doesn't show the page that takes an application, so its words decide.
func (p *page) isReceipt() error {
	words := normal(p.words())
	taken := regexp.MustCompile("受け?付け?ました|受理しました|完了(しました|です)|(申請|送信|受付)完了").MatchString(words)
	if !taken || regexp.MustCompile("ません|失敗|エラー|却下|拒否").MatchString(words) {
		return p.refusal()
	}
	return p.isGood()
}

// notices tells how many days are left. Days are Japan's.
func notices() error {
	if err := needs("OBN_NOW", "OBN_IDENTITY", "OBN_OUTPUT"); err != nil {
		return err
	}
	own, err := ownIdentity()
	if err != nil {
		return err
	}
	now, err := time.Parse(time.RFC3339, os.Getenv("OBN_NOW"))
	if err != nil {
		return fail(usage, "OBN_NOW を読み取れません")
	}
	day := func(at time.Time) int64 { return (at.Unix() + 9*3600) / (24 * 3600) }
	left := day(own.certificate.NotAfter) - day(now)
	text := fmt.Sprintf("まであと%d日です。更新してください", left)
	if left < 0 {
		text = "が切れています。新たに発行申請が必要です"
	}
	if left > 7 && left != 90 && left != 60 && left != 30 && left != 15 {
		return nil
	}
	return write(os.Getenv("OBN_OUTPUT"), []byte("証明書に関するお知らせ\n証明書の有効期限"+text+"。\n"))
}

// remove deletes what the certificate in use has replaced.
func remove() error {
	if err := needs("OBN_FOLDER", "OBN_IDENTITY"); err != nil || !isConfirmed("削除") {
		return err
	}
	current, err := ownIdentity()
	if err != nil {
		return err
	}
	files, _ := filepath.Glob(filepath.Join(os.Getenv("OBN_FOLDER"), "*.p12"))
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		others, _, err := unpack(file, os.Getenv("OBN_IDENTITY_PASSWORD"))
		if err != nil {
			continue
		}
		for _, other := range others {
			if other.isIssuedHere() && bytes.Equal(other.certificate.RawSubject, current.certificate.RawSubject) &&
				other.certificate.NotAfter.Before(current.certificate.NotAfter) {
				if err := os.Remove(name); err != nil {
					return err
				}
				fmt.Println("削除しました: " + filepath.Base(name))
				break
			}
		}
	}
	return nil
}

// list shows what the terminal has, the newest first. Days are Japan's, and a renewal keeps the name.
func list() error {
	if err := needs("OBN_FOLDER", "OBN_OUTPUT"); err != nil {
		return err
	}
	var found []*x509.Certificate
	files, _ := filepath.Glob(filepath.Join(os.Getenv("OBN_FOLDER"), "*.p12"))
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		inside, _, err := unpack(file, os.Getenv("OBN_IDENTITY_PASSWORD"))
		var failure *failure
		if errors.As(err, &failure) {
			return err
		}
		before := len(found)
		for _, one := range inside {
			if one.isIssuedHere() {
				found = append(found, one.certificate)
			}
		}
		if len(found) == before {
			fmt.Fprintln(os.Stderr, "共通認証局の証明書として開けません: "+filepath.Base(name))
		}
	}
	sort.Slice(found, func(one, other int) bool { return found[one].NotAfter.After(found[other].NotAfter) })
	var lines bytes.Buffer
	for _, one := range found {
		day := one.NotAfter.In(time.FixedZone("JST", 9*3600)).Format("2006/01/02")
		fmt.Fprintf(&lines, "%s  %X  %s\n", day, one.SerialNumber.Bytes(), one.Subject.CommonName)
	}
	return save(lines.Bytes())
}

// installer fetches that of the MPKI client. The site tells no version, so the bytes of what was installed do.
func installer() error {
	if err := needs("OBN_URL", "OBN_ROOT", "OBN_OUTPUT"); err != nil {
		return err
	}
	var installed []byte
	path := os.Getenv("OBN_INSTALLED")
	if path != "" {
		var err error
		if installed, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	answer, err := walk(func() (*page, error) {
		browser, err := newBrowser(nil)
		if err != nil {
			return nil, err
		}
		return browser.open("/p/s")
	})
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(answer.file, []byte(compoundFile)) {
		return fail(protocol, "インストーラーが得られません: %s", answer.words())
	}
	if bytes.Equal(answer.file, installed) {
		fmt.Println("MPKI クライアントは最新です")
		return nil
	}
	if err := save(answer.file); err != nil {
		return err
	}
	if path != "" {
		fmt.Println("新しいバージョンがあります。旧バージョンをアンインストールしてから、保存したファイルでインストールしてください")
	}
	return nil
}

// ---- what actions share

func needs(names ...string) error {
	for _, name := range names {
		if os.Getenv(name) == "" {
			return fail(usage, "%s がありません", name)
		}
		if name == "OBN_PASSWORD" && !regexp.MustCompile(`^[0-9]{4}$`).MatchString(os.Getenv(name)) {
			return fail(usage, "証明書パスワードは半角数字4桁で指定してください")
		}
	}
	return nil
}

func isConfirmed(what string) bool {
	answer := os.Getenv("OBN_CONFIRM")
	if answer != "" && answer != "yes" {
		fmt.Println(what + "を取りやめました")
		return false
	}
	return true
}

// note is where an application that has been sent is remembered.
func note() string { return os.Getenv("OBN_OUTPUT") + ".renewal" }

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func save(file []byte) error {
	if err := write(os.Getenv("OBN_OUTPUT"), file); err != nil {
		return err
	}
	fmt.Println("保存しました: " + os.Getenv("OBN_OUTPUT"))
	return nil
}

// write puts all of it there or nothing, for the owner alone: under another name beside it first.
func write(path string, content []byte) error {
	fresh, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name()) // unless it has been renamed
	_, err = fresh.Write(content)
	if err == nil {
		err = fresh.Sync()
	}
	if closed := fresh.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(fresh.Name(), path)
	}
	return err
}

// walk walks again from the first page after a lost session or a broken file, a few times.
func walk[T any](once func() (T, error)) (T, error) {
	for left := tries - 1; ; left-- {
		found, err := once()
		var failure *failure
		if left == 0 || !errors.As(err, &failure) || !failure.again {
			return found, err
		}
		time.Sleep(pause)
	}
}

// ---- certificates

// identity is a certificate with its key.
type identity struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func (i *identity) isIssuedHere() bool {
	return strings.HasPrefix(i.certificate.Issuer.CommonName, issuer)
}

// unpack shows what lies in a PFX file: certificates with their keys, and all certificates. Files with old algorithms need
// OpenSSL's older half.
func unpack(pfx []byte, password string) (own []*identity, all []*x509.Certificate, err error) {
	var out []byte
	for _, older := range [][]string{nil, {"-legacy"}} {
		command := exec.Command("openssl", append([]string{"pkcs12", "-nodes", "-passin", "env:PFX_PASSWORD"}, older...)...)
		command.Env = append(os.Environ(), "PFX_PASSWORD="+password)
		command.Stdin = bytes.NewReader(pfx)
		if out, err = command.Output(); err == nil {
			break
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, nil, fail(usage, "openssl がありません")
		}
	}
	if err != nil {
		return nil, nil, err
	}
	var keys []crypto.Signer
	for block, rest := pem.Decode(out); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, certificate)
		} else if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			return nil, nil, err
		} else if key, ok := key.(crypto.Signer); ok {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		for _, certificate := range all {
			if public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(certificate.PublicKey) {
				own = append(own, &identity{certificate, key})
			}
		}
	}
	return own, all, nil
}

// ownIdentity is the certificate in use: of several in the file the one of this CA.
func ownIdentity() (*identity, error) {
	file, err := os.ReadFile(os.Getenv("OBN_IDENTITY"))
	if err != nil {
		return nil, err
	}
	found, _, err := unpack(file, os.Getenv("OBN_IDENTITY_PASSWORD"))
	if err != nil {
		return nil, fail(usage, "証明書ファイルが開けません。パスワードを確認してください")
	}
	for _, one := range found {
		if one.isIssuedHere() {
			return one, nil
		}
	}
	return nil, fail(usage, "発行者が %s の証明書と秘密鍵が入っていません", issuer)
}

// accept answers with the bytes of a good certificate file, believed only after looking inside.
func accept(page *page, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if page.file == nil {
		return nil, page.refusal()
	}
	found, all, err := unpack(page.file, os.Getenv("OBN_PASSWORD"))
	if err != nil {
		return nil, startAgain("証明書ファイルが壊れているか、パスワードで開けません")
	}
	if len(found) == 0 {
		return nil, startAgain("証明書ファイルに、秘密鍵とそれに合う証明書がありません")
	}
	own := found[0]
	if !own.isIssuedHere() {
		return nil, fail(protocol, "発行者が %s ではありません", issuer)
	}
	leaf := own.certificate
	for _, root := range all {
		if bytes.Equal(root.RawSubject, leaf.RawIssuer) &&
			root.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
			return page.file, nil
		}
	}
	return nil, fail(protocol, "証明書に署名したルート証明書が入っていません")
}

// ---- the site

// browser walks through the site: trusts OBN_ROOT alone, and shows the certificate that it is given.
type browser struct{ http *http.Client }

func newBrowser(own *identity) (*browser, error) {
	pem, err := os.ReadFile(os.Getenv("OBN_ROOT"))
	if err != nil {
		return nil, err
	}
	trusted := &tls.Config{RootCAs: x509.NewCertPool()}
	trusted.RootCAs.AppendCertsFromPEM(pem)
	if own != nil {
		trusted.Certificates = []tls.Certificate{{Certificate: [][]byte{own.certificate.Raw}, PrivateKey: own.key}}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{&http.Client{
		Jar:       jar,
		Timeout:   longestAnswer,
		Transport: &http.Transport{TLSClientConfig: trusted, DialContext: dial},
	}}, nil
}

// dial connects to the site, through the proxy if there is one.
func dial(ctx context.Context, kind, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	told := os.Getenv("OBN_PROXY")
	if told == "" || isBypassed(host) {
		return new(net.Dialer).DialContext(ctx, kind, address)
	}
	proxy, err := url.Parse(told)
	if err != nil {
		return nil, fail(usage, "OBN_PROXY を読み取れません")
	}
	line, err := new(net.Dialer).DialContext(ctx, kind, proxy.Host)
	if err != nil {
		return nil, fail(network, "プロキシに接続できません")
	}
	connect := &http.Request{Method: "CONNECT", URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := os.Getenv("OBN_PROXY_USER"); user != "" {
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + os.Getenv("OBN_PROXY_PASSWORD")))
		connect.Header.Set("Proxy-Authorization", "Basic "+pair)
	}
	var answer *http.Response
	if err = connect.Write(line); err == nil {
		answer, err = http.ReadResponse(bufio.NewReader(line), connect)
	}
	if err == nil && answer.StatusCode == http.StatusOK {
		return line, nil
	}
	line.Close()
	if err != nil {
		return nil, fail(network, "プロキシが応答しません")
	}
	offers := strings.ToLower(strings.Join(answer.Header.Values("Proxy-Authenticate"), ", "))
	if answer.StatusCode == http.StatusProxyAuthRequired && !strings.Contains(offers, "basic") {
		// The standard library has no NTLM.
		return nil, fail(unsupported, "このプロキシの認証には対応していません")
	}
	return nil, fail(network, "プロキシを通れません (%d)", answer.StatusCode)
}

// isBypassed tells whether the list of exceptions has the site, such as *.obn.managedpki.ne.jp;localhost.
func isBypassed(host string) bool {
	for _, name := range strings.Split(strings.ToLower(os.Getenv("OBN_PROXY_BYPASS")), ";") {
		name = strings.TrimSpace(name)
		if name == host || strings.HasPrefix(name, "*") && strings.HasSuffix(host, name[1:]) {
			return true
		}
	}
	return false
}

// fields are texts for what labels name.
type fields map[string]string

// step is a button or link to press, once the fields are filled in.
type step struct {
	words string
	typed fields
}

// steps goes from one of the site's first pages over all of these, as long as no page says that something is wrong.
func (b *browser) steps(path string, steps ...step) (*page, error) {
	page, err := b.open(path)
	for _, step := range steps {
		if err == nil {
			err = page.isGood()
		}
		if err != nil {
			return nil, err
		}
		page, err = b.press(page, step.words, step.typed)
	}
	return page, err
}

func (b *browser) open(path string) (*page, error) {
	base, err := url.Parse(os.Getenv("OBN_URL"))
	if err == nil {
		base, err = base.Parse(path)
	}
	if err != nil {
		return nil, fail(usage, "URL を読み取れません")
	}
	return b.send(base, nil)
}

// press fills in fields by their labels, and presses the button or link of these words.
func (b *browser) press(page *page, words string, typed fields) (*page, error) {
	for _, form := range page.all("form") {
		for _, button := range form.all("button") {
			if button.says(words) {
				return b.submit(form, button, typed)
			}
		}
	}
	for _, link := range page.all("a") {
		if link.says(words) {
			return b.send(link.to("href"), nil)
		}
	}
	return nil, page.refusal()
}

// submit sends all that a form carries.
func (b *browser) submit(form, button *page, typed fields) (*page, error) {
	texts := map[string]string{}
	for label, text := range typed {
		id := form.field(label)
		if id == "" {
			return nil, fail(protocol, "「%s」の入力欄がありません: %s", label, form.words())
		}
		texts[id] = text
	}
	carried := url.Values{}
	for _, field := range append(form.all("input"), button) {
		text, isTyped := texts[field.attribute("id")]
		if !isTyped {
			text = field.attribute("value")
		}
		if name := field.attribute("name"); name != "" {
			carried.Add(name, text)
		}
	}
	to := form.to("action")
	if strings.EqualFold(form.attribute("method"), "post") {
		return b.send(to, carried)
	}
	if len(carried) > 0 {
		with := *to
		with.RawQuery = carried.Encode()
		to = &with
	}
	return b.send(to, nil)
}

// send gets a page or a file; with a form, posts it.
func (b *browser) send(to *url.URL, form url.Values) (*page, error) {
	var answer *http.Response
	var err error
	if form != nil {
		answer, err = b.http.PostForm(to.String(), form)
	} else {
		answer, err = b.http.Get(to.String())
	}
	if err != nil {
		return nil, about(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	// Some call a file a page; DER and installers begin with these bytes.
	isFile := len(body) > 0 && (body[0] == 0x30 || body[0] == 0xd0)
	isPage := strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") && !isFile
	if err != nil {
		if isPage {
			return nil, about(err)
		}
		return nil, startAgain("途中までしか届きませんでした")
	}
	shown := &page{url: answer.Request.URL, status: answer.StatusCode}
	if isPage {
		charset := regexp.MustCompile(`(?i)charset="?([\w-]+)`).FindStringSubmatch(answer.Header.Get("Content-Type"))
		if charset != nil && !strings.EqualFold(charset[1], "utf-8") {
			return nil, fail(protocol, "この文字コードには対応していません: %s", charset[1])
		}
		shown.html = string(body)
	} else {
		shown.file = body
	}
	if strings.Contains(normal(shown.words()), "セッション無効") {
		return nil, startAgain("セッションが繰り返し無効になりました")
	}
	if shown.status >= 500 || !isPage && shown.status >= 400 {
		return nil, fail(network, "サイトが応答できません (%d): %s", shown.status, shown.words())
	}
	return shown, nil
}

// about tells why there is no answer, without the address: what was asked is nobody's business.
func about(err error) error {
	var told *failure
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &unknown):
		return fail(network, "サーバー証明書を確かめられません: 信頼するルート証明書に至らないか、中間証明書が送られていません")
	case errors.As(err, &invalid), errors.As(err, &host):
		return fail(network, "サーバー証明書を信頼できません: 期限が切れているか、別のホストのものです")
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fail(network, "サイトに接続できません (%s)", err)
}

// ---- pages

// page is a page or a part of one, read as a person does: by headings, labels, links and buttons. Or else a file.
type page struct {
	url              *url.URL
	status           int
	attributes, html string
	file             []byte
}

const attributes = `((?:[^>"']|"[^"]*"|'[^']*')*)>`

var (
	attributePattern = regexp.MustCompile(`([^\s=/"']+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	unseenPattern    = regexp.MustCompile(`(?is)<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<[^>]*>`)
)

// all finds what begins with one of these tags, up to its end.
func (p *page) all(tags string) (parts []*page) {
	for _, at := range regexp.MustCompile(`(?i)<(`+tags+`)\b`+attributes).FindAllStringSubmatchIndex(p.html, -1) {
		name, rest := p.html[at[2]:at[3]], p.html[at[1]:]
		if end := strings.Index(rest, "</"+name); end >= 0 {
			rest = rest[:end]
		}
		parts = append(parts, &page{url: p.url, status: p.status, attributes: p.html[at[4]:at[5]], html: rest})
	}
	return parts
}

// attribute is its value; empty if there is none.
func (p *page) attribute(name string) string {
	for _, found := range attributePattern.FindAllStringSubmatch(p.attributes, -1) {
		if strings.EqualFold(found[1], name) {
			return html.UnescapeString(found[2] + found[3] + found[4])
		}
	}
	return ""
}

func (p *page) words() string {
	return strings.Join(strings.Fields(html.UnescapeString(unseenPattern.ReplaceAllString(p.html, " "))), " ")
}

func (p *page) says(words string) bool { return normal(p.words()) == normal(words) }

func (p *page) has(control string) bool {
	for _, part := range p.all("a|button") {
		if part.says(control) {
			return true
		}
	}
	return false
}

// field is the ID of the field that a label names; empty if there is none.
func (p *page) field(label string) string {
	for _, part := range p.all("label") {
		if part.says(label) {
			return part.attribute("for")
		}
	}
	return ""
}

// value is what stands beside a heading in a table; empty if it has no such heading.
func (p *page) value(heading string) string {
	cells := p.all("th|td")
	for at, cell := range cells {
		if cell.says(heading) && at+1 < len(cells) {
			return cells[at+1].words()
		}
	}
	return ""
}

func (p *page) alerts() string {
	var said []string
	for _, part := range p.all(`\w+`) {
		if part.attribute("role") == "alert" {
			said = append(said, part.words())
		}
	}
	return strings.Join(said, " ")
}

// isGood fails if the site says that something is wrong.
func (p *page) isGood() error {
	if p.file != nil || p.alerts() != "" {
		return p.refusal()
	}
	return nil
}

// refusal is what the site says instead of doing what was asked.
func (p *page) refusal() error {
	if p.file != nil {
		return fail(protocol, "ページの代わりにファイルが届きました")
	}
	if said := p.alerts(); said != "" {
		return fail(refused, "%s", said)
	}
	return fail(refused, "%s", p.words())
}

// to is where an attribute leads.
func (p *page) to(attribute string) *url.URL {
	if led, err := p.url.Parse(p.attribute(attribute)); err == nil && p.attribute(attribute) != "" {
		return led
	}
	return p.url
}

// normal is text to compare: blanks and the width of letters don't count.
func normal(text string) string {
	return strings.Map(func(letter rune) rune {
		switch {
		case letter >= '！' && letter <= '～':
			return letter - '！' + '!'
		case strings.ContainsRune(" \t\r\n\u00a0\u3000", letter):
			return -1
		}
		return letter
	}, text)
}
