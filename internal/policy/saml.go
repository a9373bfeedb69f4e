package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// SAML is the metadata of an identity provider, as far as it tells whose it is.
type SAML struct {
	EntityID     string
	Certificates []string // SHA-256 of the signing certificates, in hex
}

// DecodeSAML reads a SAML metadata document. Metadata without certificates is accepted, like AWS does in logs that shorten it.
func DecodeSAML(text string) (*SAML, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	m := &SAML{}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read SAML metadata: %w", err)
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch el.Name.Local {
		case "EntityDescriptor":
			for _, a := range el.Attr {
				if a.Name.Local == "entityID" {
					m.EntityID = a.Value
				}
			}
		case "X509Certificate":
			var text string
			if d.DecodeElement(&text, &el) == nil {
				m.addCertificate(text)
			}
		}
	}
	if m.EntityID == "" && len(m.Certificates) == 0 {
		return nil, fmt.Errorf("read SAML metadata: no entity and no certificate in it")
	}
	return m, nil
}

func (m *SAML) addCertificate(text string) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return
	}
	sum := sha256.Sum256(der)
	if h := hex.EncodeToString(sum[:]); !contains(m.Certificates, h) {
		m.Certificates = append(m.Certificates, h)
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}
