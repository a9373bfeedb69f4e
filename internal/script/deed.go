package script

import (
	"regexp"
	"strings"
)

// Connects reports whether it hands a shell, or the credentials it runs with, to somebody on the network.
func (s *Script) Connects() bool { return connects.MatchString(s.Plain) }

// Fetches reports whether it fetches code and runs it, without keeping it where it could be looked at.
func (s *Script) Fetches() bool { return fetches.MatchString(s.Plain) || runsFetched(s.Plain) }

// Hides reports whether it runs code that it holds in encoded form, or fetches from an address that has no name.
func (s *Script) Hides() bool { return hides.MatchString(s.Plain) || nameless(s.Plain) }

// Admits reports whether it lets somebody in: a login key, a user, a password.
func (s *Script) Admits() bool { return admits.MatchString(s.Plain) }

// Steals reports whether it reads the credentials of the machine it runs on.
func (s *Script) Steals() bool { return steals.MatchString(s.Plain) }

// Repeats reports whether it sees to it that a machine runs it at every start.
func (s *Script) Repeats() bool { return repeats.MatchString(s.Plain) }

// Mints reports whether it makes identities, credentials or permissions in the cloud.
func (s *Script) Mints() bool { return mints.MatchString(s.Plain) }

// The patterns look at one line, and at the commands of Linux and Windows.
var (
	connects = regexp.MustCompile(`/dev/(tcp|udp)/|\b(nc|ncat|netcat)\b.* -e\b|\bsocat\b.*exec|` +
		`(169\.254\.170\.2/v2/credentials|AWS_CONTAINER_CREDENTIALS_RELATIVE_URI|meta-data/iam/security-credentials).*\s(-X\s*POST|--data|-d\s|--post|-T\s|-F\s|--upload-file)|` +
		`(?i)Net\.Sockets\.TCPClient|(?s:socket\.socket\(.{0,400}\.connect\(.{0,400}(dup2|pty\.spawn|subprocess))|fsockopen\(.*(exec|proc_open|passthru)|` +
		`\bperl\b.*\bSocket\b.*\bexec\b|\bruby\b.*TCPSocket|\bmkfifo\b(?s:.{0,200})\b(nc|ncat|telnet|openssl\s+s_client)\b`)
	fetches = regexp.MustCompile(`\b(curl|wget)\b.*\|\s*(sudo\s+(-\S+\s+)*)?(/\S*/)?(env\s+(\S+=\S*\s+)*)?((ba|da|z|k)?sh\b|(python3?|perl)(\s+-)?\s*($|[^\sa-zA-Z0-9._/-]))|` +
		`(sh|eval|source)\s+(-c\s+)?.?[<$]\((curl|wget)\b|` + "(sh|eval)\\s+(-c\\s+)?[\"']?`(curl|wget)\\b|" +
		`(?i)\b(iex|invoke-expression)\b.*\b(iwr|irm|curl|wget|invoke-webrequest|invoke-restmethod|downloadstring|downloaddata)\b|` +
		`\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b.*\|\s*(iex|invoke-expression)\b|` +
		`exec\(.*(urlopen|requests\.get)\(`)
	hides = regexp.MustCompile(`base64\s+(-[A-Za-z]*[dD]\b|--decode).*\|\s*(sudo\s+)?(/\S*/)?((ba|da|z|k)?sh\b|python3?\b|perl\b)|` +
		`openssl\s+(enc\s+)?-?base64\b.*\s-d\b.*\|\s*(/\S*/)?(ba|da|z|k)?sh\b|xxd\s+-r.*\|\s*(/\S*/)?(ba|da|z|k)?sh\b|` +
		`(sh|eval)\s+(-c\s+)?.?[<$]\(.*base64\s+(-[A-Za-z]*[dD]\b|--decode)|` +
		`exec\(.*(b64decode|fromhex|decompress)\(|(?i)powershell(\.exe)?\s.*-e(c|nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{20,}|frombase64string.*\b(iex|invoke-expression)\b|\b(iex|invoke-expression)\b.*frombase64string`)
	admits  = regexp.MustCompile(`(?i)authorized_keys|ssh[_-]authorized[_-]keys|ssh-import-id|useradd |adduser |chpasswd|net user .*/add|net localgroup .*/add|amazon-ssm-agent\S*\s.*-register\b|new-localuser|add-localgroupmember|NOPASSWD`)
	steals  = regexp.MustCompile(`169\.254\.170\.2/v2/credentials|AWS_CONTAINER_CREDENTIALS_RELATIVE_URI|meta-data/iam/security-credentials`)
	repeats = regexp.MustCompile(`(?i)cloud-boothook|scripts-user, *always|<persist> *true|^\s*bootcmd:|\n\s*bootcmd:|@reboot`)
	mints   = regexp.MustCompile(`(?i)create[-_]?access[-_]?key|create[-_]?login[-_]?profile|(attach|put)[-_]?(user|role|group)[-_]?policy|update[-_]?assume[-_]?role[-_]?policy|create[-_]?policy[-_]?version|create[-_]?service[-_]?specific[-_]?credential|get[-_]?federation[-_]?token` +
		`|\biam\b.{0,40}create[-_]?(user|role)\b|create[-_]?(saml|open[-_]?id[-_]?connect)[-_]?provider|upload[-_]?(ssh[-_]?public[-_]?key|signing[-_]?certificate)` +
		`|create[-_]?trust[-_]?anchor|add[-_]?user[-_]?to[-_]?group`)
)

var (
	address = regexp.MustCompile(`\b(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|downloadfile|urlopen|bitsadmin|certutil)\b[^\n|;&]*?(?:https?|ftp)://(?:\[[0-9a-fA-F:]+\]|(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}\b|0x[0-9a-fA-F]+|\d{8,10}\b)`)
)

var (
	kept   = regexp.MustCompile(`\b(?:curl|wget)\b[^\n|;&]*?(?:\s-[a-zA-Z]*[oO]\s*|\s--output(?:-document)?[= ]|\s*>\s*)["']?(/?[\w./${}~-]+)`)
	named  = regexp.MustCompile(`\b(?:wget|curl\b[^\n|;&]*?\s-[a-zA-Z]*O)\b[^\n|;&]*?://[^\s"']*/([\w.-]+)`)
	called = regexp.MustCompile(`(?:^|[\s;&|(/'"])(?:sudo|nohup|exec|source|\.|(?:ba|da|z|k)?sh|python3?|perl|chmod)\s+(?:-\S+\s+|[augo]*\+\S+\s+|[0-7]{3,4}\s+)*["']?(/?[\w./${}~-]+)`)
	direct = regexp.MustCompile(`(?:^|[\n;&|])\s*["']?(\.?/[\w./${}~-]+)`)
)

// runsFetched reports whether a file that it fetches is run, or made to be run.
func runsFetched(text string) bool {
	files := map[string]bool{}
	for _, written := range []*regexp.Regexp{kept, named} {
		for _, m := range written.FindAllStringSubmatch(text, -1) {
			files[base(m[1])] = true
		}
	}
	delete(files, "")
	for _, runs := range []*regexp.Regexp{called, direct} {
		if len(files) == 0 {
			return false
		}
		for _, m := range runs.FindAllStringSubmatch(text, -1) {
			if files[base(m[1])] {
				return true
			}
		}
	}
	return false
}

// base is the last part of a path: the same file is written with and without its folder.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// nameless reports whether it fetches from an address that is neither named nor of a private network.
func nameless(text string) bool {
	for _, m := range address.FindAllStringSubmatch(text, -1) {
		if !private(m[1], m[2]) {
			return true
		}
	}
	return false
}

// private reports whether an address begins as those of private networks, and of the machine's own metadata, do.
func private(first, second string) bool {
	switch first {
	case "10", "127":
		return true
	case "169":
		return second == "254"
	case "192":
		return second == "168"
	case "172":
		return len(second) == 2 && second >= "16" && second <= "31"
	case "100":
		return len(second) == 2 && second >= "64" || len(second) == 3 && second <= "127"
	}
	return false
}
