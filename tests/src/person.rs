//! What a person does on the portal's pages, from one to the next.

use crate::{Answer, Browser, Form, Notice, Page};

/// What is typed.
impl Form {
    /// The IDs.
    #[must_use]
    pub fn notice(self, notice: &Notice) -> Self {
        self.ids(&notice.request_id, &notice.reference_id)
    }

    /// These IDs.
    #[must_use]
    pub fn ids(self, request_id: &str, reference_id: &str) -> Self {
        self.fill("リクエスト ID", request_id).fill("リファレンス ID", reference_id)
    }

    /// The password, twice.
    #[must_use]
    pub fn password(self, password: &str) -> Self {
        self.fill("証明書パスワード", password).fill("証明書パスワード(確認用)", password)
    }

    /// The applicant's address, and once more.
    #[must_use]
    pub fn email(self, address: &str, again: &str) -> Self {
        self.fill("申請者のメールアドレス", address).fill("メールアドレス(確認用)", again)
    }
}

/// `/p/rcd`
impl Browser {
    /// Fetches a certificate with the IDs of a notice.
    pub async fn download(&self, notice: &Notice, password: &str) -> Answer {
        let form = self.open("/p/rcd").await.form().notice(notice).password(password);
        self.press(&form, "ダウンロード").await
    }
}

/// `/p/ru`
impl Browser {
    /// From the menu to the page before Submit, or to what is there instead.
    pub async fn to_confirmation(&self) -> Page {
        self.follow(&self.open("/p/ru").await, "証明書更新申請").await
    }

    /// Applies for a renewal, to 送信完了 or to what is there instead.
    pub async fn renew(&self) -> Page {
        let page = self.to_confirmation().await;
        if page.forms.is_empty() { page } else { self.submit(&page, "Submit").await }
    }

    /// From 鍵の取得 to the file, or to what is there instead.
    pub async fn fetch_key(&self, key: &Page, password: &str) -> Answer {
        let ready = self.choose(key, password).await;
        self.press(&ready.form_with("Download"), "Download").await
    }

    /// From 鍵の取得 to the page with Download, or to what is there instead.
    pub async fn choose(&self, key: &Page, password: &str) -> Page {
        let form = key.form_with("Submit").fill("証明書パスワード", password);
        self.press(&form, "Submit").await.page()
    }

    /// From the menu to the file of this renewal, or to what is there instead.
    pub async fn collect(&self, request_id: &str, password: &str) -> Answer {
        self.open("/p/ru").await;
        let key = self.visit(&format!("/p/ru/key/{request_id}")).await;
        match key.page() {
            page if page.forms.is_empty() => key,
            page => self.fetch_key(&page, password).await,
        }
    }
}

/// `/p/rx`
impl Browser {
    /// Types the IDs of a notice; answers with the page that asks for an address, or with what is there instead.
    pub async fn identify(&self, notice: &Notice) -> Page {
        let page = self.open("/p/rx").await;
        match page.forms.first() {
            None => page,
            Some(form) => self.press(&form.clone().notice(notice), "次へ").await.page(),
        }
    }

    /// Types an address into the page that asks for it; answers with the page that shows it, or with what is there instead.
    pub async fn state(&self, page: &Page, address: &str, again: &str) -> Page {
        self.press(&page.form().email(address, again), "申請").await.page()
    }

    /// Applies for a revocation, to the last page.
    pub async fn apply_for_revocation(&self, notice: &Notice, address: &str) -> Page {
        let confirm = self.state(&self.identify(notice).await, address, address).await;
        self.submit(&confirm, "申請").await
    }

    /// The form of `/p/rcr` for institutions, filled in for the manual's institution.
    pub async fn application_form(&self, address: &str) -> Form {
        let page = self.open("/p/rcr").await;
        let form = self.follow(&page, "医療機関等").await.form().email(address, address);
        form.fill("医療機関コードまたは受付番号", "0110119153")
            .fill("医療機関等の名称", "札幌中央診療所")
            .fill("部署名", "医事課")
            .fill("電話番号", "011-123-4567")
            .fill("端末名称等", "受付1号機")
            .fill("発行枚数", "1")
    }

    /// `/p/rcr` to its end: the last page.
    pub async fn apply_for_certificates(&self, address: &str) -> Page {
        let form = self.application_form(address).await;
        let confirm = self.press(&form, "次へ").await.page();
        self.submit(&confirm, "申請").await
    }
}
