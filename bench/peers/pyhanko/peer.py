"""The bench's document signed by pyHanko with its PKCS#11 signer, PAdES B-B, in processes of their own.

Asked by lines on standard input (bench/peers.ts): `seal ALGORITHM FILE` and `run ALGORITHM SECONDS`.
"""

import asyncio
import io
import multiprocessing
import os
import sys
import time
from pathlib import Path

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.pkcs11 import PKCS11Signer, TokenCriteria, open_pkcs11_session
from pyhanko_certvalidator.registry import SimpleCertificateStore

FOLDER = Path(os.environ["PEER_DIR"])
DOCUMENT = (FOLDER / "document.pdf").read_bytes()


def certificate(name):
    return x509.Certificate.load((FOLDER / f"{name}.der").read_bytes())


def make_sealer(session, algorithm):
    chain = SimpleCertificateStore()
    chain.register(certificate("issuer"))
    signer = PKCS11Signer(
        session,
        signing_cert=certificate(algorithm),
        ca_chain=list(chain),
        key_id=bytes.fromhex((FOLDER / f"{algorithm}.id").read_text()),
        # SoftHSM 2.6 has no mechanism that hashes before ECDSA.
        use_raw_mechanism=algorithm.startswith("p-"),
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    pdf_signer = signers.PdfSigner(metadata, signer=signer)

    async def seal():
        writer = IncrementalPdfFileWriter(io.BytesIO(DOCUMENT))
        return await pdf_signer.async_sign_pdf(writer)

    return seal


async def count(seal, seconds):
    signatures, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        await seal()
        signatures += 1
    return signatures / (time.monotonic() - started)


def work(pipe):
    session = open_pkcs11_session(
        os.environ["PEER_MODULE"],
        token_criteria=TokenCriteria(label=os.environ["PEER_TOKEN"]),
        user_pin=Path(os.environ["PEER_PIN_FILE"]).read_text().strip(),
    )
    sealers, loop = {}, asyncio.new_event_loop()
    pipe.send("ready")
    while True:
        try:
            verb, algorithm, rest = pipe.recv()
        except EOFError:
            return
        if algorithm not in sealers:
            sealers[algorithm] = make_sealer(session, algorithm)
        if verb == "seal":
            Path(rest).write_bytes(loop.run_until_complete(sealers[algorithm]()).getvalue())
            pipe.send(1)
        else:
            pipe.send(loop.run_until_complete(count(sealers[algorithm], float(rest))))


def start_worker():
    ours, theirs = multiprocessing.Pipe()
    multiprocessing.Process(target=work, args=(theirs,), daemon=True).start()
    ours.recv()  # One after the other: SoftHSM does not like to be opened by two in one moment.
    return ours


def main():
    workers = [start_worker() for _ in range(int(os.environ["PEER_THREADS"]))]
    for line in sys.stdin:
        asked = line.split()
        chosen = workers[:1] if asked[0] == "seal" else workers
        for worker in chosen:
            worker.send(asked)
        print(sum(worker.recv() for worker in chosen), flush=True)


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
