import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.KSPrivateKeyEntry;
import eu.europa.esig.dss.token.PasswordInputCallback;
import eu.europa.esig.dss.token.Pkcs11SignatureToken;
import eu.europa.esig.dss.token.PrefilledPasswordCallback;
import java.io.ByteArrayOutputStream;
import java.security.KeyStore.PasswordProtection;
import java.util.Date;

/** The bench's document signed by EU DSS with its PKCS#11 token (SunPKCS11), PAdES B-B. */
public final class DssPeer {
  public static void main(String[] args) throws Exception {
    // The folder holds one token, so it is in the first of the slots with a token.
    PasswordInputCallback pin =
        new PrefilledPasswordCallback(new PasswordProtection(Peer.pin()));
    Pkcs11SignatureToken token =
        new Pkcs11SignatureToken(
            System.getenv("PEER_MODULE"), pin, -1, 0, null);
    Peer.serve(algorithm -> make(token, algorithm));
  }

  private static Peer.Sealer make(Pkcs11SignatureToken token, String algorithm) throws Exception {
    DSSPrivateKeyEntry key =
        token.getKeys().stream()
            .filter(entry -> ((KSPrivateKeyEntry) entry).getAlias().equals(algorithm))
            .findFirst()
            .orElseThrow();
    byte[] document = Peer.document();
    CertificateToken certificate = new CertificateToken(Peer.certificate(algorithm));
    CertificateToken issuer = new CertificateToken(Peer.certificate("issuer"));
    // It examines the signer's chain for each signature, and looks no further than an anchor.
    CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
    anchors.addCertificate(issuer);
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(anchors);
    PAdESService service = new PAdESService(verifier);
    return () -> {
      PAdESSignatureParameters parameters = new PAdESSignatureParameters();
      parameters.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
      parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
      parameters.setSigningCertificate(certificate);
      parameters.setCertificateChain(certificate, issuer);
      parameters.bLevel().setTrustAnchorBPPolicy(false);
      parameters.bLevel().setSigningDate(new Date());
      DSSDocument original = new InMemoryDocument(document);
      ToBeSigned attributes = service.getDataToSign(original, parameters);
      SignatureValue value = token.sign(attributes, DigestAlgorithm.SHA256, key);
      DSSDocument sealed = service.signDocument(original, parameters, value);
      ByteArrayOutputStream out = new ByteArrayOutputStream(document.length + 32768);
      sealed.writeTo(out);
      return out.toByteArray();
    };
  }
}
