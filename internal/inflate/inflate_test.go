package inflate

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand"
	"testing"
)

func pack(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func samples() map[string][]byte {
	r := rand.New(rand.NewSource(1))
	random := make([]byte, 300_000)
	r.Read(random)
	text := bytes.Repeat([]byte(`{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole"}},`), 5000)
	mixed := bytes.Clone(text)
	for range 20_000 {
		mixed[r.Intn(len(mixed))] = byte(r.Intn(256))
	}
	skewed := make([]byte, 200_000)
	for i := range skewed { // exponential letters give long codes, so second tables
		skewed[i] = byte(r.ExpFloat64() * 12)
	}
	return map[string][]byte{
		"empty": nil, "one": {'x'}, "zeros": make([]byte, 1_000_000), "random": random,
		"text": text, "mixed": mixed, "skewed": skewed, "pairs": bytes.Repeat([]byte("ab"), 70_000),
	}
}

func TestGunzip(t *testing.T) {
	var d Decoder
	for name, want := range samples() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			got, err := d.Gunzip(nil, pack(t, want, level), 1<<30)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s at level %d: %d bytes, %v; want %d bytes", name, level, len(got), err, len(want))
			}
		}
	}
}

func TestGunzipMembersAndPadding(t *testing.T) {
	var d Decoder
	src := append(pack(t, []byte("one "), 6), pack(t, []byte("two"), 1)...)
	src = append(src, make([]byte, 512)...)
	got, err := d.Gunzip(nil, src, 100)
	if err != nil || string(got) != "one two" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestGunzipLimit(t *testing.T) {
	var d Decoder
	got, err := d.Gunzip(nil, pack(t, make([]byte, 50<<20), 9), 1<<20)
	if err != ErrTooLarge || len(got) > 1<<20 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestGunzipTruncatedKeepsPrefix(t *testing.T) {
	var d Decoder
	want := samples()["mixed"]
	src := pack(t, want, 6)
	for cut := 0; cut < len(src); cut += 997 {
		got, err := d.Gunzip(nil, src[:cut], 1<<30)
		if err == nil {
			t.Fatalf("cut at %d: no error", cut)
		}
		if !bytes.HasPrefix(want, got) {
			t.Fatalf("cut at %d: output is not a prefix", cut)
		}
	}
}

func TestGunzipDamage(t *testing.T) {
	var d Decoder
	r := rand.New(rand.NewSource(2))
	src := pack(t, samples()["mixed"], 6)
	for range 2000 {
		bad := bytes.Clone(src)
		bad[r.Intn(len(bad))] ^= 1 << r.Intn(8)
		got, err := d.Gunzip(nil, bad, 1<<24)
		want, wantErr := reference(bad, 1<<24)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("differs from the reference: %v against %v", err, wantErr)
		}
	}
}

func reference(src []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, limit))
}

// FuzzGunzip compares with the standard library: same verdict, same bytes.
// Padding is the one intended difference.
func FuzzGunzip(f *testing.F) {
	for _, s := range samples() {
		if len(s) > 4096 {
			s = s[:4096]
		}
		f.Add(pack(f, s, 6))
		f.Add(pack(f, s, gzip.HuffmanOnly))
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, src []byte) {
		const limit = 1 << 22
		got, err := d.Gunzip(nil, src, limit)
		want, wantErr := reference(src, limit)
		if err == nil && wantErr == nil && !bytes.Equal(got, want) {
			t.Fatal("output differs from the standard library")
		}
		if err == nil && wantErr != nil && !allZero(src[len(src)-1:]) {
			t.Fatalf("accepted what the standard library refuses: %v", wantErr)
		}
		if wantErr == nil && err != nil && err != ErrTooLarge {
			t.Fatalf("refused what the standard library accepts: %v", err)
		}
	})
}
