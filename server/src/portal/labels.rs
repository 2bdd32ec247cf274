//! The labels of the fields, set as the profile says (`html.labels`).

use crate::authority::Applicant;
use crate::profile::LabelStyle;

/// The labels in one typography.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels(pub(super) LabelStyle);

impl Labels {
    pub(super) fn request_id(self) -> &'static str {
        self.pick("リクエスト ID", "リクエストID", "リクエストＩＤ", "ﾘｸｴｽﾄID")
    }

    pub(super) fn reference_id(self) -> &'static str {
        self.pick("リファレンス ID", "リファレンスID", "リファレンスＩＤ", "ﾘﾌｧﾚﾝｽID")
    }

    pub(super) fn password(self) -> &'static str {
        self.pick("証明書パスワード", "証明書パスワード", "証明書パスワード", "証明書ﾊﾟｽﾜｰﾄﾞ")
    }

    pub(super) fn password_confirmation(self) -> &'static str {
        self.pick(
            "証明書パスワード(確認用)",
            "証明書パスワード(確認用)",
            "証明書パスワード（確認用）",
            "証明書ﾊﾟｽﾜｰﾄﾞ(確認用)",
        )
    }

    pub(super) fn email(self) -> &'static str {
        self.pick(
            "申請者のメールアドレス",
            "申請者のメールアドレス",
            "申請者のメールアドレス",
            "申請者のﾒｰﾙｱﾄﾞﾚｽ",
        )
    }

    pub(super) fn email_confirmation(self) -> &'static str {
        self.pick(
            "メールアドレス(確認用)",
            "メールアドレス(確認用)",
            "メールアドレス（確認用）",
            "ﾒｰﾙｱﾄﾞﾚｽ(確認用)",
        )
    }

    pub(super) fn holder(self, applicant: Applicant) -> &'static str {
        match applicant {
            Applicant::Institution => {
                self.katakana("医療機関コードまたは受付番号", "医療機関ｺｰﾄﾞまたは受付番号")
            }
            Applicant::Insurer => "保険者番号または受付番号",
        }
    }

    pub(super) fn holder_name(self, applicant: Applicant) -> &'static str {
        match applicant {
            Applicant::Institution => "医療機関等の名称",
            Applicant::Insurer => "医療保険者等の名称",
        }
    }

    pub(super) fn department(self) -> &'static str {
        "部署名"
    }

    pub(super) fn telephone(self) -> &'static str {
        "電話番号"
    }

    pub(super) fn terminal_name(self) -> &'static str {
        "端末名称等"
    }

    pub(super) fn certificates(self) -> &'static str {
        "発行枚数"
    }

    /// What has neither blanks nor brackets nor Latin letters.
    fn katakana(self, usual: &'static str, half_width: &'static str) -> &'static str {
        self.pick(usual, usual, usual, half_width)
    }

    fn pick(
        self,
        as_printed: &'static str,
        no_blank: &'static str,
        full_width: &'static str,
        half_width: &'static str,
    ) -> &'static str {
        match self.0 {
            LabelStyle::AsPrinted => as_printed,
            LabelStyle::NoBlank => no_blank,
            LabelStyle::FullWidth => full_width,
            LabelStyle::HalfWidth => half_width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They are the same words: who folds width and blanks reads no difference.
    #[test]
    fn every_typography_is_told_from_the_manual_s_by_some_label() {
        let all = |style| {
            let labels = Labels(style);
            [
                labels.request_id(),
                labels.reference_id(),
                labels.password(),
                labels.password_confirmation(),
                labels.email(),
                labels.email_confirmation(),
            ]
        };
        let printed = all(LabelStyle::AsPrinted);
        for style in [LabelStyle::NoBlank, LabelStyle::FullWidth, LabelStyle::HalfWidth] {
            assert_ne!(all(style), printed, "{style:?}");
        }
    }
}
