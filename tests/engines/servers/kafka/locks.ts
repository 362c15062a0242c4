// What a broker needs to ask for passwords and to prove itself: a certificate, and the properties that name both.
import { join } from 'node:path';
import { run } from './install.ts';

/** Makes `server.pem`, key and certificate of 127.0.0.1, in this folder. Answers the certificate that signs it: itself. */
export async function newCertificate(folder: string): Promise<string> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  const name = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  await run(['openssl', 'req', ...kind, ...name, '-keyout', key, '-out', certificate]);
  const [keyText, text] = await Promise.all([Bun.file(key).text(), Bun.file(certificate).text()]);
  await Bun.write(join(folder, 'server.pem'), keyText + text);
  return text;
}

export interface Locks {
  /** Key and certificate in one file. */
  pem: string;
  username: string;
  password: string;
}

/** Listeners of SASL_PLAINTEXT and SASL_SSL let in one user, by any mechanism. */
export function lockedBy({ pem, username, password }: Locks): string {
  const module = 'org.apache.kafka.common.security';
  const plain = `${module}.plain.PlainLoginModule required user_${username}="${password}";`;
  const scram = `${module}.scram.ScramLoginModule required;`;
  return [
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
      `listener.name.${listener}.plain.sasl.jaas.config=${plain}`,
      `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${scram}`,
      `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${scram}`,
    ]),
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${pem}`,
  ].join('\n');
}
