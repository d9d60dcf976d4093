import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.ExternalSigningSupport;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** PDFBox lays out, BouncyCastle makes the CMS, SunPKCS11 signs: PAdES B-B. */
public final class PdfBoxPeer {
  private static final int CONTENTS_BYTES = 8192;

  public static void main(String[] args) throws Exception {
    // The folder holds one token, so it is in the first of the slots with a token.
    String module =
        "--name = bench\nlibrary = " + System.getenv("PEER_MODULE") + "\nslotListIndex = 0\n";
    Provider provider = Security.getProvider("SunPKCS11").configure(module);
    Security.addProvider(provider);
    KeyStore keys = KeyStore.getInstance("PKCS11", provider);
    keys.load(null, Peer.pin());
    Peer.serve(algorithm -> make(provider, keys, algorithm));
  }

  private static Peer.Sealer make(Provider provider, KeyStore keys, String algorithm)
      throws Exception {
    byte[] document = Peer.document();
    X509Certificate certificate = Peer.certificate(algorithm);
    JcaCertStore chain = new JcaCertStore(List.of(certificate, Peer.certificate("issuer")));
    ContentSigner signer =
        new JcaContentSignerBuilder("SHA256with" + (algorithm.startsWith("rsa") ? "RSA" : "ECDSA"))
            .setProvider(provider)
            .build((PrivateKey) keys.getKey(algorithm, null));
    DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
    CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
    generator.addSignerInfoGenerator(
        new JcaSignerInfoGeneratorBuilder(digests)
            .setSignedAttributeGenerator(attributes(certificate))
            .build(signer, certificate));
    generator.addCertificates(chain);
    return () -> seal(document, generator);
  }

  private static byte[] seal(byte[] document, CMSSignedDataGenerator generator) throws Exception {
    try (PDDocument pdf = Loader.loadPDF(document);
        SignatureOptions options = new SignatureOptions()) {
      PDSignature signature = new PDSignature();
      signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
      signature.setSubFilter(PDSignature.SUBFILTER_ETSI_CADES_DETACHED);
      signature.setSignDate(Calendar.getInstance());
      options.setPreferredSignatureSize(CONTENTS_BYTES);
      pdf.addSignature(signature, options);
      ByteArrayOutputStream sealed = new ByteArrayOutputStream(document.length + 32768);
      ExternalSigningSupport signing = pdf.saveIncrementalForExternalSigning(sealed);
      byte[] covered;
      try (InputStream content = signing.getContent()) {
        covered = content.readAllBytes();
      }
      signing.setSignature(generator.generate(new CMSProcessableByteArray(covered)).getEncoded("DER"));
      return sealed.toByteArray();
    }
  }

  /** With signing-certificate-v2 and without signing-time: ETSI EN 319 142-1 section 6.3. */
  private static CMSAttributeTableGenerator attributes(X509Certificate certificate)
      throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
    SigningCertificateV2 named = new SigningCertificateV2(new ESSCertIDv2(digest));
    Attribute own = new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2, new DERSet(named));
    ASN1EncodableVector further = new ASN1EncodableVector();
    further.add(own);
    CMSAttributeTableGenerator usual =
        new DefaultSignedAttributeTableGenerator(new AttributeTable(further));
    return (Map parameters) -> usual.getAttributes(parameters).remove(CMSAttributes.signingTime);
  }
}
