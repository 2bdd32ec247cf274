//! `obn apply`

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::{Applicant, ApplicationForm, Holder, MailAddress};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Whom the certificates are for: 医療機関コード (10 digits), 保険者番号 (8 digits) or 受付番号
    #[arg(long, env = "OBN_HOLDER", value_name = "CODE")]
    holder: Holder,
    /// The form to fill in [default: by the code; a 受付番号 counts as an institution's]
    #[arg(long, env = "OBN_APPLICANT", value_name = "KIND")]
    applicant: Option<Kind>,
    /// Name of the institution or insurer
    #[arg(long, env = "OBN_HOLDER_NAME", value_name = "NAME")]
    holder_name: String,
    /// Department of the applicant
    #[arg(long, env = "OBN_DEPARTMENT", value_name = "NAME")]
    department: String,
    /// Telephone number of the applicant
    #[arg(long, env = "OBN_TELEPHONE", value_name = "NUMBER")]
    telephone: String,
    /// Where the receipt of the application goes
    #[arg(long, env = "OBN_EMAIL", value_name = "ADDRESS")]
    email: MailAddress,
    /// Name of the terminal (端末名称等), which the notice will show
    #[arg(long, env = "OBN_TERMINAL", value_name = "NAME")]
    terminal: String,
    /// How many certificates
    #[arg(long, env = "OBN_CERTIFICATES", value_name = "NUMBER", default_value = "1")]
    certificates: u32,
    /// Don't ask first, which is done at a terminal only
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    Institution,
    Insurer,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let Arguments { holder, email, certificates, .. } = &arguments;
    let form = ApplicationForm {
        applicant: match arguments.applicant {
            Some(Kind::Institution) => Applicant::Institution,
            Some(Kind::Insurer) => Applicant::Insurer,
            None => holder.usual_applicant(),
        },
        holder: holder.clone(),
        name: arguments.holder_name.clone(),
        department: arguments.department.clone(),
        telephone: arguments.telephone.clone(),
        mail: email.clone(),
        terminal_name: arguments.terminal.clone(),
        certificates: *certificates,
    };
    let client = context.client()?.build()?;
    context.confirm(
        arguments.yes,
        format!(
            "電子証明書の発行を申請します: {holder} {}({certificates} 枚)\n発行には手数料がかかります。よろしいですか",
            form.name
        ),
        format!(
            "this applies for {certificates} certificate(s) for {holder} {}\nA fee is charged for each. Go on?",
            form.name
        ),
    )?;
    let application = client.apply(&form).await?;
    let number = application.number.as_deref();
    let json = json!({
        "application_number": number,
        "holder": holder.to_string(),
        "certificates": certificates,
        "email": email.to_string(),
        "heading": application.heading,
        "messages": application.messages,
    });
    let shown = number.unwrap_or("-");
    Ok(Report::new(json)
        .line(context.say(
            format!("発行申請を送信しました(申請番号: {shown})"),
            format!("applied for the issue; application number {shown}"),
        ))
        .line(context.say(
            format!("申請情報受付通知が {email} に届き、審査のあと電子証明書発行通知書が郵送されます"),
            format!("a receipt goes to {email}; the issue notice comes by post after the review"),
        ))
        .lines(application.messages))
}
