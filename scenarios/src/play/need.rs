//! What a step needs of control.

use crate::bilingual::wording;

wording! {
    /// Why a scenario can't be played where no control is.
    pub(crate) enum Need {
        Notice => "it needs a notice issued"; "通知書を発行する必要がある";
        PrintedNotice => "it reads a printed notice"; "印刷された通知書を読む";
        SetsClock => "it sets the clock"; "時計を合わせる";
        MovesClock => "it moves the clock"; "時計を進める";
        Revocation => "it needs a certificate revoked"; "証明書を失効させる必要がある";
        RevocationDecided => "it needs a revocation decided"; "失効申請の可否を決める必要がある";
        ApplicationApproved => "it needs an application approved"; "発行申請を承認する必要がある";
        ApplicationDecided => "it needs an application decided"; "発行申請の可否を決める必要がある";
        ApplicationForm => "nobody outside knows the form of the real site"; "実際のサイトの申請画面は公開されていない";
        ApplicationNotice => "it needs an application's notice"; "申請した証明書の通知書が必要";
        Inquiry => "it needs the inquiry of the internet portal"; "申請状況照会画面が必要";
        Fault => "it needs a fault"; "障害を起こす必要がある";
        Renewal => "it steers a renewal"; "更新の進み方を操作する";
        World => "it saves and restores the site"; "サイトの状態を保存して戻す";
        Sessions => "it ends sessions"; "セッションを終わらせる";
        Mail => "it reads the mail"; "送られたメールを読む";
        NextRoot => "it replaces the site's TLS root"; "サイトの TLS のルート証明書を取り替える";
    }
}
