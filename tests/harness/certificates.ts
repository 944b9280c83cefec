/**
 * Certificates for tests: self-signed, for 127.0.0.1 and localhost, good for a hundred years. Their
 * keys protect nothing.
 *
 * @module
 */

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Of "chatnode-test-one". */
export const FIRST_CERTIFICATE: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBpzCCAU6gAwIBAgIUdk/hTlHc2O9HQ95esmvKSjzBtSYwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRY2hhdG5vZGUtdGVzdC1vbmUwIBcNMjYxMTIwMTAyMjEwWhgP
MjEyNjEwMjcxMDIyMTBaMBwxGjAYBgNVBAMMEWNoYXRub2RlLXRlc3Qtb25lMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWg1svJillKPD+svdkGJs44pbfyJKeLsS
bjGJQuc5noJ6NVmBMoCv7/cfRzcpH2NOuoVPgNEImkWGstxEtEN07aNsMGowHQYD
VR0OBBYEFFkav3WgPd2edoDp1mSzTQvkiuvtMB8GA1UdIwQYMBaAFFkav3WgPd2e
doDp1mSzTQvkiuvtMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAMBgNVHRMB
Af8EAjAAMAoGCCqGSM49BAMCA0cAMEQCIEdWp78/D2ACoR8pfbswRyxjEswUDI8P
G9r8Rvo07VGQAiABFoZgiqoxHg7yNG8UoLZwze520LujMy0iKq+qx21WuA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfA/B36P2j2PWx02g
iF338K85Dog4+Wd9TXbsv+L7lt6hRANCAARaDWy8mKWUo8P6y92QYmzjilt/Ikp4
uxJuMYlC5zmegno1WYEygK/v9x9HNykfY066hU+A0QiaRYay3ES0Q3Tt
-----END PRIVATE KEY-----
`,
};

/** Of "chatnode-test-two". */
export const SECOND_CERTIFICATE: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBqDCCAU6gAwIBAgIUbljP5WSATnIvub37wm3Olg/hmPEwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRY2hhdG5vZGUtdGVzdC10d28wIBcNMjYxMTIwMTAyMjEwWhgP
MjEyNjEwMjcxMDIyMTBaMBwxGjAYBgNVBAMMEWNoYXRub2RlLXRlc3QtdHdvMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEm97HCjPlTh9TumTHZlw3d+JuYYJPwgxs
2x/PkC4p/uf+V7dXzoXZiKNX6IstkNL1Bu23IUqzhn+QlRNgHkAvF6NsMGowHQYD
VR0OBBYEFEwdvJUBJUWoB+Ws2+KGeRbuSj6dMB8GA1UdIwQYMBaAFEwdvJUBJUWo
B+Ws2+KGeRbuSj6dMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAMBgNVHRMB
Af8EAjAAMAoGCCqGSM49BAMCA0gAMEUCIQDq+nBwHX17CSntb7j+S3Ipdztx3+2S
3N5hLbuL1lrpLgIgd4vyIyYCL+W3ouLM/L6e5cYvtgG6ybQ9JkkKS7Afog8=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW7xHQYDz7kDOI8Ln
H4KUjPRSIg/O4KU50RRSOKjP8U2hRANCAASb3scKM+VOH1O6ZMdmXDd34m5hgk/C
DGzbH8+QLin+5/5Xt1fOhdmIo1foiy2Q0vUG7bchSrOGf5CVE2AeQC8X
-----END PRIVATE KEY-----
`,
};
