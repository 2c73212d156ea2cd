#!/bin/sh
# The page at ssh.<domain>: shows a form, and gives a visitor a certificate for the public key that was pasted into it. Apache lets only
# people come here who have logged in and whom some lab names; REMOTE_USER is the address that the identity provider has verified.
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

# answer STATUS TEXT
answer() {
  printf 'Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n%s\n' "$1" "$2"
  exit 0
}

# What was sent is read before anything is answered: Apache could wait for that over HTTP/2. LimitRequestBody bounds it. A browser sends
# one line, `key=…`; nothing after it counts.
key=''
case ${REQUEST_METHOD:-} in
  GET | HEAD) ;;
  *) key=$(tr -d '\r\000' | sed -n '1s/^key=//p') ;;
esac

# The keys of the gateway's sshd.
fingerprints() {
  for file in /etc/ssh/ssh_host_*_key.pub; do
    ssh-keygen -l -f "$file" 2>/dev/null
  done | sed -n 's|^[0-9]* \(SHA256:[A-Za-z0-9+/]*\) .*(\([A-Z0-9-]*\))$|<li><code>\1</code> (\2)</li>|p'
}

hours=$(cat /etc/publish-plan/hours 2>/dev/null)
case $hours in
  '' | *[!0-9]*) hours='some time' ;;
  1) hours='one hour' ;;
  *) hours="$hours hours" ;;
esac

no_key='This is not a public key that the gateway can sign. Paste the one line of a file that ends in .pub, such as ~/.ssh/id_ed25519.pub. An RSA key needs 2048 bits.'

address=$(printf '%s.' "${REMOTE_USER:-}" | tr '[:upper:]' '[:lower:]')
address=${address%.}
case $address in
  '' | *[!a-z0-9.@_+\'-]* | *@*@* | @* | *@ | -*) answer '403 Forbidden' 'Your email address has characters that this gateway does not support.' ;;
  *@*) ;;
  *) answer '403 Forbidden' 'Your account has no email address.' ;;
esac

case ${REQUEST_METHOD:-} in
  GET | HEAD | POST) ;;
  *) answer '405 Method Not Allowed' 'This page takes GET and POST.' ;;
esac
if [ "$REQUEST_METHOD" != POST ]; then
  printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n'
  printf "Content-Security-Policy: default-src 'none'; form-action 'self'; frame-ancestors 'none'\r\n\r\n"
  cat <<END
<!doctype html>
<html lang="en">
<title>SSH certificate for $address</title>
<h1>SSH certificate for $address</h1>
<p>Paste your public key: the one line of a file such as <code>~/.ssh/id_ed25519.pub</code>. Paste only a key that you made yourself,
never one that somebody sent you: the certificate is of use to anyone who has its private key.</p>
<form method="post" enctype="text/plain">
<p><textarea name="key" rows="4" cols="90" required></textarea></p>
<p><button>Get a certificate</button></p>
</form>
<p>Ssh asks whether it should trust the gateway when you connect for the first time. Say yes if it shows one of these fingerprints:</p>
<ul>
$(fingerprints)
</ul>
<p>Save what you get next to the key, as <code>~/.ssh/id_ed25519-cert.pub</code>. It expires after $hours; then come back.</p>
</html>
END
  exit 0
fi

code=0
certificate=$(printf '%s\n%s\n' "$address" "$key" | sudo -n -u publish-plan-ca /usr/local/lib/publish-plan/sign) || code=$?
case $code:$certificate in
  0:?*) answer '200 OK' "$certificate" ;;
  2:*) answer '400 Bad Request' "$no_key" ;;
  *) answer '500 Internal Server Error' 'The gateway cannot sign keys. Ask its administrator.' ;;
esac
