//! The manifest of a scan: an in-toto Statement v1 in a DSSE envelope.
//!
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>,
//! <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{PublicKey, Scan, SignError, SigningKey};

/// The name of the file that makes a scan exist.
pub const MANIFEST_NAME: &str = "manifest.dsse.json";

/// What kind of predicate the statement holds: [`Predicate`].
pub const PREDICATE_TYPE: &str = "https://muster.example/attestation/scan/v1";

pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What a manifest says. Members are written in this order, so the same scan gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    kind: String,
    /// Every file of the scan, sorted by name; the manifest itself is not among them.
    pub subject: Vec<FileDigest>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    predicate_type: String,
    /// What is said about the files.
    pub predicate: Predicate,
}

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// The file's name in the scan's folder.
    pub name: String,
    digest: Digests,
}

impl FileDigest {
    /// The file's SHA-256 in lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.digest.sha256
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Digests {
    sha256: String,
}

/// What a manifest says about a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The tenant's id.
    pub tenant: String,
    /// When the scan started, in whole seconds.
    pub started_at: Timestamp,
    /// Whether the writer had a key. If true, an envelope without a signature has lost it.
    pub signed: bool,
    /// 1 for the first scan that was sealed of the tenant, and one more for each after it.
    pub number: u64,
    /// The tenant's scan that was sealed before this one; none for the first.
    pub previous: Option<Link>,
    /// The size of each file, sorted by name.
    pub files: Vec<FileSize>,
    /// What the caller says about the scan: versions, times, score. Members are sorted by name.
    pub scan: Value,
}

/// A file and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSize {
    /// The file's name in the scan's folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// Names a manifest by where it lies and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The manifest's key.
    pub manifest: String,
    /// The SHA-256 of the manifest file, envelope and signatures included, in lower-case hex.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of a scan with these files, whose names are valid, unique and sorted.
    pub(crate) fn new<'a>(
        scan: &Scan,
        files: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
        said: &Value,
        signed: bool,
        number: u64,
        previous: Option<Link>,
    ) -> Self {
        let mut said = said.clone();
        said.sort_all_objects();
        let digest = |(name, bytes): (&str, &[u8])| FileDigest {
            name: name.to_owned(),
            digest: Digests { sha256: sha256(bytes) },
        };
        let size = |(name, bytes): (&str, &[u8])| FileSize {
            name: name.to_owned(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        };
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject: files.clone().map(digest).collect(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                tenant: scan.tenant().to_owned(),
                started_at: scan.started_at(),
                signed,
                number,
                previous,
                files: files.map(size).collect(),
                scan: said,
            },
        }
    }

    /// What a manifest file says; whether its signatures hold is another question.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, in words.
    pub fn parse(file: &[u8]) -> Result<Self, String> {
        Envelope::parse(file)?.manifest()
    }
}

/// A DSSE envelope.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    payload: String,
    payload_type: String,
    pub(crate) signatures: Vec<Signature>,
}

/// A signature and whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Signature {
    #[serde(default)]
    pub(crate) keyid: String,
    sig: String,
}

impl Envelope {
    /// An envelope around a statement, signed when there is a key.
    pub(crate) async fn seal(
        statement: &impl Serialize,
        key: Option<&SigningKey>,
    ) -> Result<Self, SignError> {
        let unusual = |error: serde_json::Error| SignError {
            key: key.map_or("none", SigningKey::id).to_owned(),
            transient: false,
            source: error.into(),
        };
        let payload = serde_json::to_vec(statement).map_err(unusual)?;
        let mut signatures = Vec::new();
        if let Some(key) = key {
            let signed = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, &payload)).await?;
            signatures.push(Signature { keyid: key.id().to_owned(), sig: STANDARD.encode(signed) });
        }
        let payload = STANDARD.encode(payload);
        Ok(Self { signatures, payload, payload_type: PAYLOAD_TYPE.to_owned() })
    }

    /// The envelope as a file: written in one way only.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn parse(file: &[u8]) -> Result<Self, String> {
        let envelope: Self = serde_json::from_slice(file)
            .map_err(|error| format!("it is not a DSSE envelope ({error})"))?;
        if envelope.payload_type == PAYLOAD_TYPE {
            Ok(envelope)
        } else {
            Err(format!("its payload type is {:?}, not {PAYLOAD_TYPE:?}", envelope.payload_type))
        }
    }

    pub(crate) fn manifest(&self) -> Result<Manifest, String> {
        let manifest: Manifest = serde_json::from_slice(&self.payload()?)
            .map_err(|error| format!("its payload is not the statement of a scan ({error})"))?;
        if manifest.kind != STATEMENT_TYPE {
            Err(format!("its statement type is {:?}, not {STATEMENT_TYPE:?}", manifest.kind))
        } else if manifest.predicate_type != PREDICATE_TYPE {
            let found = &manifest.predicate_type;
            Err(format!("its predicate type is {found:?}, not {PREDICATE_TYPE:?}"))
        } else {
            Ok(manifest)
        }
    }

    /// Whether the signature is this key's, over this envelope's payload.
    pub(crate) fn accepts(&self, signature: &Signature, key: &PublicKey) -> bool {
        let Ok(payload) = self.payload() else { return false };
        let Ok(bytes) = STANDARD.decode(&signature.sig) else { return false };
        key.accepts(&pre_authentication_encoding(&self.payload_type, &payload), &bytes)
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, String> {
        STANDARD
            .decode(&self.payload)
            .map_err(|error| format!("its payload is not base64 ({error})"))
    }
}

/// What is signed: type and payload, each with its length, so that neither can pose as the other.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded =
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    encoded.extend_from_slice(payload);
    encoded
}

/// The SHA-256 in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{PUBLIC_PEM, private_pem, scan_at};

    #[test]
    fn encoding_is_as_the_dsse_protocol_shows_it() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn the_statement_is_written_in_one_way() {
        let files = [("a.json", b"{}".as_slice()), ("b.csv", b"".as_slice())];
        let said = json!({ "score": 70.6, "checklist": { "version": "1", "id": "x" } });
        let previous = Link { manifest: "tenants/…".to_owned(), sha256: "00".to_owned() };
        let scan = scan_at("2026-11-01T02:00:00.5Z");
        let manifest = Manifest::new(&scan, files.into_iter(), &said, true, 2, Some(previous));
        assert_eq!(
            serde_json::to_string(&manifest).unwrap(),
            concat!(
                r#"{"_type":"https://in-toto.io/Statement/v1","subject":["#,
                r#"{"name":"a.json","digest":{"sha256":"#,
                r#""44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}},"#,
                r#"{"name":"b.csv","digest":{"sha256":"#,
                r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],"#,
                r#""predicateType":"https://muster.example/attestation/scan/v1","predicate":{"#,
                r#""tenant":"00000000-1111-2222-3333-444444444444","#,
                r#""startedAt":"2026-11-01T02:00:00Z","signed":true,"number":2,"#,
                r#""previous":{"manifest":"tenants/…","sha256":"00"},"#,
                r#""files":[{"name":"a.json","size":2},{"name":"b.csv","size":0}],"#,
                r#""scan":{"checklist":{"id":"x","version":"1"},"score":70.6}}}"#,
            )
        );
    }

    #[tokio::test]
    async fn a_signature_covers_type_and_payload() {
        let key = SigningKey::from_pem(&private_pem()).unwrap();
        let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
        let scan = scan_at("2026-11-01T02:00:00Z");
        let manifest = Manifest::new(&scan, [].into_iter(), &json!(null), true, 1, None);
        let mut envelope = Envelope::seal(&manifest, Some(&key)).await.unwrap();
        let accepted = |envelope: &Envelope| envelope.accepts(&envelope.signatures[0], &public);
        assert!(accepted(&envelope));
        assert_eq!(envelope.manifest().unwrap(), manifest);

        envelope.payload_type.push('x');
        assert!(!accepted(&envelope));
        envelope.payload_type.pop();
        let other = serde_json::to_string(&manifest).unwrap().replace("null", "true");
        envelope.payload = STANDARD.encode(other);
        assert!(!accepted(&envelope));
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let scan = scan_at("2026-11-01T02:00:00Z");
        let manifest = Manifest::new(&scan, [].into_iter(), &json!(null), false, 1, None);
        let statement = serde_json::to_string(&manifest).unwrap();
        let envelope = |payload: &str, kind: &str| {
            json!({ "payload": STANDARD.encode(payload), "payloadType": kind, "signatures": [] })
                .to_string()
        };
        let why = |file: &str| Manifest::parse(file.as_bytes()).unwrap_err();
        assert!(Manifest::parse(envelope(&statement, PAYLOAD_TYPE).as_bytes()).is_ok());
        assert!(why("").contains("not a DSSE envelope"));
        assert!(why("[]").contains("not a DSSE envelope"));
        assert!(why(&envelope(&statement, "text/plain")).contains("payload type"));
        assert!(why(&envelope("{}", PAYLOAD_TYPE)).contains("not the statement of a scan"));
        let other = statement.replace("Statement/v1", "Statement/v0.1");
        assert!(why(&envelope(&other, PAYLOAD_TYPE)).contains("statement type"));
        let other = statement.replace("scan/v1", "link/v1");
        assert!(why(&envelope(&other, PAYLOAD_TYPE)).contains("predicate type"));
        let file = envelope(&statement, PAYLOAD_TYPE).replace("\"payload\":\"", "\"payload\":\"~");
        assert!(why(&file).contains("not base64"));
    }
}
