"""A site's certificate authority, and its certificates for our programs."""
import pathlib
import subprocess

ROLES = ["scheduler", "worker", "client"]


def make_site(folder):
    """Makes ca.pem, and ROLE.pem and ROLE-key.pem for each role."""
    _openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-subj", "/CN=site", "-keyout", "ca-key.pem", "-out", "ca.pem")
    for role in ROLES:
        _openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-subj", f"/CN={role}/OU=pi-{role}", "-keyout", f"{role}-key.pem",
                 "-out", "request.pem")
        _openssl(folder, "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey",
                 "ca-key.pem", "-CAcreateserial", "-out", f"{role}.pem")
    return pathlib.Path(folder)


def options_for(role, site):
    return ["--tls-cert", site / f"{role}.pem", "--tls-key", site / f"{role}-key.pem",
            "--tls-ca", site / "ca.pem"]


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stderr=subprocess.DEVNULL)
