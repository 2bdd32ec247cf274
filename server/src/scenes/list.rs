//! The scenes themselves. Within each, what happened first stands first.

use super::Act::{Apply, Guess, Notice, Renew, RequestRevocation, Revoke, Terminal};
use super::Scene;
use super::Then::{Collected, Failed, Issued, Stuck};

/// The manual's own institution.
const CLINIC: &str = "0110119153";
/// A pharmacy (4) in Tokyo (13).
const PHARMACY: &str = "1340199992";
/// A dental clinic (3) in Osaka (27).
const DENTIST: &str = "2730199995";

/// Without the time that a renewal takes, it can't be stopped.
const TAKES_TIME: &str = "[issue]\ndelays = [\"1s\", \"1s\"]\n";

pub(super) const SCENES: &[Scene] = &[
    Scene {
        name: "clinic-3-terminals",
        ja: "3 台の端末で証明書を使っている診療所。うち 1 台の証明書はあと 15 日で有効期限が切れる。",
        en: "A clinic with three terminals in use; the certificate of one of them ends in 15 days.",
        keys: "",
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 15 },
            Terminal { terminal: "受付2号機", holder: CLINIC, ends: 400 },
            Terminal { terminal: "診察室", holder: CLINIC, ends: 900 },
        ],
    },
    Scene {
        name: "renewal-opens-today",
        ja: "有効期限までちょうど 90 日の端末。証明書の更新は今日からできる。",
        en: "A terminal whose certificate ends in exactly 90 days: from today on it can be renewed.",
        keys: "",
        acts: &[Terminal { terminal: "受付1号機", holder: CLINIC, ends: 90 }],
    },
    Scene {
        name: "renewal-opens-tomorrow",
        ja: "有効期限まで 91 日の端末。証明書の更新は明日からで、今日はまだできない。",
        en: "A terminal whose certificate ends in 91 days: it can be renewed from tomorrow on, and not today.",
        keys: "",
        acts: &[Terminal { terminal: "受付1号機", holder: CLINIC, ends: 91 }],
    },
    Scene {
        name: "renewed",
        ja: "5 日前に更新を終え、新しい証明書を取得した端末。古い証明書もあと 15 日は有効。",
        en: "A terminal that was renewed 5 days ago and has fetched the new certificate; the old one is valid for 15 more days.",
        keys: "",
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 15 },
            Renew { terminal: "受付1号機", day: -5, then: Collected },
        ],
    },
    Scene {
        name: "renewal-to-collect",
        ja: "昨日の更新申請が発行済みになり、まだ取得していない端末。「更新後証明書の取得」から取得できる。",
        en: "A renewal that was applied for yesterday is issued, and its key waits at 更新後証明書の取得.",
        keys: "",
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 15 },
            Renew { terminal: "受付1号機", day: -1, then: Issued },
        ],
    },
    Scene {
        name: "renewal-stuck",
        ja: "更新申請が昨日から「鍵生成中」のまま進まない端末。",
        en: "A renewal that has been stuck in 鍵生成中 since yesterday.",
        keys: TAKES_TIME,
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 15 },
            Renew { terminal: "受付1号機", day: -1, then: Stuck },
        ],
    },
    Scene {
        name: "renewal-failed",
        ja: "昨日の更新申請が発行エラーになった端末。もう一度更新を申請できる。",
        en: "A renewal that was applied for yesterday and could not be issued; it can be applied for again.",
        keys: TAKES_TIME,
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 15 },
            Renew { terminal: "受付1号機", day: -1, then: Failed },
        ],
    },
    Scene {
        name: "last-day",
        ja: "証明書の有効期限が今日で切れる端末。",
        en: "A terminal on the last day of its certificate.",
        keys: "",
        acts: &[Terminal { terminal: "受付1号機", holder: CLINIC, ends: 0 }],
    },
    Scene {
        name: "expired",
        ja: "証明書の有効期限が昨日切れた端末。更新はもうできない。",
        en: "A terminal whose certificate ended yesterday, and can be renewed no more.",
        keys: "",
        acts: &[Terminal { terminal: "受付1号機", holder: CLINIC, ends: -1 }],
    },
    Scene {
        name: "revoked",
        ja: "2 台の端末のうち 1 台の証明書が昨日失効した診療所。",
        en: "A clinic with two terminals; the certificate of one of them was revoked yesterday.",
        keys: "",
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 400 },
            Terminal { terminal: "受付2号機", holder: CLINIC, ends: 900 },
            Revoke { terminal: "受付1号機", day: -1 },
        ],
    },
    Scene {
        name: "revocation-pending",
        ja: "失効を昨日申請し、承認を待っている端末。",
        en: "A terminal whose revocation was applied for yesterday and awaits its approval.",
        keys: "[revocation]\napproval = \"manual\"\n",
        acts: &[
            Terminal { terminal: "受付1号機", holder: CLINIC, ends: 400 },
            RequestRevocation { terminal: "受付1号機", day: -1 },
        ],
    },
    Scene {
        name: "day-180",
        ja: "発行から 180 日目、ダウンロード期限の当日。証明書はまだ取得されていない。",
        en: "The 180th day after the issue, the last one for the download, which nobody has done.",
        keys: "",
        acts: &[Notice { terminal: "受付1号機", holder: CLINIC, day: -180 }],
    },
    Scene {
        name: "day-181",
        ja: "発行から 181 日目。証明書は取得されないまま、ダウンロード期限が昨日切れた。",
        en: "The 181st day after the issue: nobody has fetched the certificate, and yesterday was the last day for it.",
        keys: "",
        acts: &[Notice { terminal: "受付1号機", holder: CLINIC, day: -181 }],
    },
    Scene {
        name: "pharmacy-tokyo",
        ja: "今日発行通知書が届いた東京都の薬局。サブジェクトは OU=tokyo、区分は調剤になる。",
        en: "A pharmacy in Tokyo that got its notice today: other words in the subject than the manual's clinic has.",
        keys: "",
        acts: &[Notice { terminal: "調剤レセコン", holder: PHARMACY, day: 0 }],
    },
    Scene {
        name: "vendor-3-institutions",
        ja: "医科・歯科・薬局の計 5 台を預かるベンダー。期限切れ、今日更新できるもの、更新済み、未取得が混ざっている。",
        en: "What a vendor looks after: five terminals of a clinic, a dentist and a pharmacy; one expired, one to be renewed, one renewed, one not fetched yet.",
        keys: "",
        acts: &[
            Terminal { terminal: "医科 受付", holder: CLINIC, ends: -1 },
            Terminal { terminal: "医科 診察室", holder: CLINIC, ends: 30 },
            Terminal { terminal: "薬局 受付", holder: PHARMACY, ends: 60 },
            Terminal { terminal: "歯科 受付", holder: DENTIST, ends: 700 },
            Renew { terminal: "薬局 受付", day: -10, then: Collected },
            Notice { terminal: "歯科 技工室", holder: DENTIST, day: -3 },
        ],
    },
    Scene {
        name: "application-under-review",
        ja: "電子証明書の発行を 2 枚申請し、審査を待っている診療所。",
        en: "A clinic that has applied for two certificates; the application is under review.",
        keys: "[application]\nreview = \"manual\"\n",
        acts: &[Apply { terminal: "受付1号機", holder: CLINIC, certificates: 2 }],
    },
    Scene {
        name: "locked-out",
        ja: "リファレンス ID の入力を 3 回続けて誤り、30 分間ロックされたところ。",
        en: "A wrong reference ID was typed three times in a row just now: the request ID is locked for 30 minutes.",
        keys: "[lockout]\nattempts = 3\nduration = \"30m\"\n",
        acts: &[
            Notice { terminal: "受付1号機", holder: CLINIC, day: -1 },
            Guess { terminal: "受付1号機", times: 3 },
        ],
    },
];
