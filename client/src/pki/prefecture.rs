//! The 47 prefectures, as certificates write them.

/// A prefecture of Japan, by its JIS X 0401 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefecture(u8);

impl Prefecture {
    /// The prefecture that a certificate names, in lower-case romaji without -ken, -fu or -to.
    pub fn of_romaji(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|(romaji, _)| *romaji == name)?;
        u8::try_from(index + 1).ok().map(Self)
    }

    /// The code: 1 Hokkaido to 47 Okinawa.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The name in romaji, as in certificates.
    pub fn romaji(self) -> &'static str {
        NAMES[usize::from(self.0) - 1].0
    }

    /// The name in Japanese.
    pub fn japanese(self) -> &'static str {
        NAMES[usize::from(self.0) - 1].1
    }
}

/// In the order of the JIS codes.
const NAMES: [(&str, &str); 47] = [
    ("hokkaido", "北海道"),
    ("aomori", "青森県"),
    ("iwate", "岩手県"),
    ("miyagi", "宮城県"),
    ("akita", "秋田県"),
    ("yamagata", "山形県"),
    ("fukushima", "福島県"),
    ("ibaraki", "茨城県"),
    ("tochigi", "栃木県"),
    ("gunma", "群馬県"),
    ("saitama", "埼玉県"),
    ("chiba", "千葉県"),
    ("tokyo", "東京都"),
    ("kanagawa", "神奈川県"),
    ("niigata", "新潟県"),
    ("toyama", "富山県"),
    ("ishikawa", "石川県"),
    ("fukui", "福井県"),
    ("yamanashi", "山梨県"),
    ("nagano", "長野県"),
    ("gifu", "岐阜県"),
    ("shizuoka", "静岡県"),
    ("aichi", "愛知県"),
    ("mie", "三重県"),
    ("shiga", "滋賀県"),
    ("kyoto", "京都府"),
    ("osaka", "大阪府"),
    ("hyogo", "兵庫県"),
    ("nara", "奈良県"),
    ("wakayama", "和歌山県"),
    ("tottori", "鳥取県"),
    ("shimane", "島根県"),
    ("okayama", "岡山県"),
    ("hiroshima", "広島県"),
    ("yamaguchi", "山口県"),
    ("tokushima", "徳島県"),
    ("kagawa", "香川県"),
    ("ehime", "愛媛県"),
    ("kochi", "高知県"),
    ("fukuoka", "福岡県"),
    ("saga", "佐賀県"),
    ("nagasaki", "長崎県"),
    ("kumamoto", "熊本県"),
    ("oita", "大分県"),
    ("miyazaki", "宮崎県"),
    ("kagoshima", "鹿児島県"),
    ("okinawa", "沖縄県"),
];
