//! Stand-ins: of the same form as what they stand for, and out of a keyed hash, so that nobody can undo them by trying
//! all IDs there are.

use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What stand-ins are drawn from. Whoever has it can find the originals by trying, so it is thrown away.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

/// A stream of chance that repeats with its key and name.
pub(super) struct Chance {
    mac: SimpleHmac<Sha256>,
    block: Vec<u8>,
    blocks: u32,
}

impl Key {
    /// A new one, from the system.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn fresh() -> std::io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        #[expect(
            clippy::disallowed_methods,
            reason = "the key of one redaction, of which nothing may repeat"
        )]
        getrandom::fill(&mut *key).map_err(std::io::Error::other)?;
        Ok(Self(key))
    }

    /// This one, so that everything repeats.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The stream of this name.
    pub(super) fn chance(&self, name: &[&[u8]]) -> Chance {
        let mut mac =
            <SimpleHmac<Sha256> as KeyInit>::new_from_slice(&*self.0).expect("an HMAC takes any key");
        for part in name {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Chance { mac, block: Vec::new(), blocks: 0 }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Chance {
    pub(super) fn byte(&mut self) -> u8 {
        if self.block.is_empty() {
            let mac = self.mac.clone().chain_update(self.blocks.to_be_bytes());
            self.block = mac.finalize().into_bytes().to_vec();
            self.blocks += 1;
        }
        self.block.pop().expect("a block has just been made")
    }

    pub(super) fn array(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.byte())
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    /// One of so many; there is one at least.
    fn below(&mut self, count: usize) -> usize {
        let four = [self.byte(), self.byte(), self.byte(), self.byte()];
        u32::from_be_bytes(four) as usize % count
    }

    fn letter(&mut self, letters: &str) -> char {
        let index = self.below(letters.chars().count());
        letters.chars().nth(index).expect("it is below their number")
    }

    /// A text of the same length and kinds of letters.
    pub(super) fn like(&mut self, text: &str) -> String {
        text.chars().map(|letter| self.like_letter(letter)).collect()
    }

    fn like_letter(&mut self, letter: char) -> char {
        match letter {
            '0'..='9' => self.letter("0123456789"),
            'a'..='z' => self.letter("abcdefghijklmnopqrstuvwxyz"),
            'A'..='Z' => self.letter("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            '０'..='９' => self.letter("０１２３４５６７８９"),
            'ａ'..='ｚ' => self.letter("ａｂｃｄｅｆｇｈｊｋｍｎｐｑｒｓｔｕｖｗｘｙｚ"),
            'Ａ'..='Ｚ' => self.letter("ＡＢＣＤＥＦＧＨＪＫＬＭＮＰＱＲＳＴＵＶＷＸＹＺ"),
            'ぁ'..='ゖ' => {
                self.letter("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよ")
            }
            'ァ'..='ヺ' => {
                self.letter("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨ")
            }
            'ｦ'..='ﾟ' => self.letter("ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖ"),
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                self.letter("甲乙丙丁戊己庚辛壬癸東西南北春夏秋冬松竹梅杉桜林森丘")
            }
            other if other.is_alphanumeric() => self.letter("abcdefghijklmnopqrstuvwxyz"),
            other => other,
        }
    }

    /// A number of as many digits, whose check digits are right where those of the original are.
    pub(super) fn like_number(&mut self, number: &str, kept: usize) -> String {
        let checks = |number: &str| {
            let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
            [is_luhn(&digits), digits.len() > 7 && is_luhn(&digits[digits.len() - 7..])]
        };
        let wanted = checks(number);
        let mut drawn = String::new();
        // One in a hundred fits.
        for _ in 0..5_000 {
            let rest: String = number.chars().skip(kept).map(|letter| self.like_letter(letter)).collect();
            drawn = number.chars().take(kept).chain(rest.chars()).collect();
            if checks(&drawn) == wanted {
                break;
            }
        }
        drawn
    }
}

/// Whether the last digit is the check digit of the others (JIS X 5208, as the codes of institutions have it).
fn is_luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().map(|(index, digit)| {
        let digit = u32::from(digit - b'0') * (1 + index as u32 % 2);
        digit / 10 + digit % 10
    });
    !digits.is_empty() && sum.sum::<u32>() % 10 == 0
}
