package inflate

import "encoding/binary"

// slack is how far the fast loop may write past the end of a match,
// and the largest match it may start: 258 bytes, copied in blocks of 32.
const slack = 258 + 32

// bits is the input of a deflate stream: src[pos:] behind n bits already in buf.
type bits struct {
	src []byte
	pos int
	buf uint64
	n   uint
}

// fill loads whole bytes until at least 56 bits are there or the input ends.
func (b *bits) fill() {
	for b.n <= 56 && b.pos < len(b.src) {
		b.buf |= uint64(b.src[b.pos]) << b.n
		b.pos++
		b.n += 8
	}
}

// take removes k bits, k <= 32; ok is false when the input has ended.
func (b *bits) take(k uint) (v uint32, ok bool) {
	b.fill()
	if b.n < k {
		return 0, false
	}
	v = uint32(b.buf & (1<<k - 1))
	b.buf >>= k
	b.n -= k
	return v, true
}

// inflate appends one deflate stream to out.
// It returns the grown output and how many bytes of src the stream took.
func (d *Decoder) inflate(out, src []byte, limit int) ([]byte, int, error) {
	in := bits{src: src}
	for last := false; !last; {
		head, ok := in.take(3)
		if !ok {
			return out, 0, ErrTruncated
		}
		last = head&1 != 0
		var err error
		switch head >> 1 {
		case 0:
			out, err = d.stored(out, &in, limit)
		case 1:
			d.fixedTables()
			out, err = d.codes(out, &in, limit)
		case 2:
			if err = d.dynamicTables(&in); err == nil {
				out, err = d.codes(out, &in, limit)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return out, 0, err
		}
	}
	return out, in.pos - int(in.n/8), nil
}

// stored copies a block that was not compressed.
func (d *Decoder) stored(out []byte, in *bits, limit int) ([]byte, error) {
	in.pos -= int(in.n / 8) // give back the whole bytes, drop the rest of this one
	in.buf, in.n = 0, 0
	if len(in.src)-in.pos < 4 {
		return out, ErrTruncated
	}
	size := binary.LittleEndian.Uint16(in.src[in.pos:])
	if size != ^binary.LittleEndian.Uint16(in.src[in.pos+2:]) {
		return out, ErrCorrupt
	}
	in.pos += 4
	if len(out)+int(size) > limit {
		return out, ErrTooLarge
	}
	n := min(int(size), len(in.src)-in.pos)
	out = append(reserve(out, n), in.src[in.pos:in.pos+n]...)
	in.pos += n
	if n < int(size) {
		return out, ErrTruncated
	}
	return out, nil
}

func (d *Decoder) fixedTables() {
	if d.fixed {
		return
	}
	lens := d.build.lens[:288]
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	d.build.table(d.litlen[:], lens, litlenBits, litlenEntry)
	for i := range lens[:32] {
		lens[i] = 5
	}
	d.build.table(d.dist[:], lens[:32], distBits, distEntry)
	d.fixed = true
}

// dynamicTables reads the code lengths that head a block and builds its tables.
func (d *Decoder) dynamicTables(in *bits) error {
	d.fixed = false
	head, ok := in.take(14)
	if !ok {
		return ErrTruncated
	}
	nlit, ndist, ncode := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if nlit > 286 || ndist > 30 {
		return ErrCorrupt
	}
	var codeLens [19]uint8
	for _, sym := range codeOrder[:ncode] {
		n, ok := in.take(3)
		if !ok {
			return ErrTruncated
		}
		codeLens[sym] = uint8(n)
	}
	if !d.build.table(d.code[:], codeLens[:], codeBits, codeEntry) {
		return ErrCorrupt
	}
	lens := d.build.lens[:nlit+ndist]
	if err := d.readLengths(in, lens); err != nil {
		return err
	}
	if lens[256] == 0 ||
		!d.build.table(d.litlen[:], lens[:nlit], litlenBits, litlenEntry) ||
		!d.build.table(d.dist[:], lens[nlit:], distBits, distEntry) {
		return ErrCorrupt
	}
	return nil
}

// readLengths decodes the run-length coded code lengths of a dynamic block.
func (d *Decoder) readLengths(in *bits, lens []uint8) error {
	for i := 0; i < len(lens); {
		in.fill()
		e := d.code[in.buf&(1<<codeBits-1)]
		if e&special != 0 {
			return ErrCorrupt
		}
		n := uint(e & 0xff)
		if n > in.n {
			return ErrTruncated
		}
		in.buf >>= n
		in.n -= n
		sym := uint8(e >> 16)
		if sym < 16 {
			lens[i] = sym
			i++
			continue
		}
		value, base, extra := uint8(0), 3, uint(3)
		switch sym {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value, extra = lens[i-1], 2
		case 18:
			base, extra = 11, 7
		}
		more, ok := in.take(extra)
		if !ok {
			return ErrTruncated
		}
		end := i + base + int(more)
		if end > len(lens) {
			return ErrCorrupt
		}
		for ; i < end; i++ {
			lens[i] = value
		}
	}
	return nil
}

// codes decodes one block, alternating between the fast loop, which needs room on both sides,
// and single careful steps at the edges of input and output.
func (d *Decoder) codes(out []byte, in *bits, limit int) ([]byte, error) {
	for {
		if cap(out)-len(out) <= slack {
			if len(out) >= limit {
				return out, ErrTooLarge
			}
			out = reserve(out, len(out)+1<<16)
		}
		var done bool
		var err error
		if out, done, err = d.fast(out, in); done || err != nil {
			return out, err
		}
		if len(out) > limit {
			return out[:limit], ErrTooLarge
		}
		if out, done, err = d.step(out, in); done || err != nil {
			return out, err
		}
	}
}

// fast decodes while 24 bytes of input and slack bytes of output remain.
// A refill leaves at least 56 bits: three literals of the main table, or the 48 bits of the longest match.
// The entry of the next symbol is looked up before a match is copied, so that both wait for memory together.
func (d *Decoder) fast(out []byte, in *bits) (_ []byte, done bool, err error) {
	src, pos := in.src, in.pos
	buf, n := in.buf, in.n
	dst, p := out[:cap(out)], len(out)
	inEnd, outEnd := len(src)-24, len(dst)-slack
	if pos > inEnd || p > outEnd {
		return out, false, nil
	}
	buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
	pos += int((63 - n) >> 3)
	n |= 56
	e := d.litlen[buf&(1<<litlenBits-1)]
	for pos <= inEnd && p <= outEnd {
		if e&literal != 0 {
			buf >>= e & 63
			n -= uint(e & 0xff)
			dst[p] = byte(e >> 16)
			p++
			e = d.litlen[buf&(1<<litlenBits-1)]
			if e&literal != 0 {
				buf >>= e & 63
				n -= uint(e & 0xff)
				dst[p] = byte(e >> 16)
				p++
				e = d.litlen[buf&(1<<litlenBits-1)]
				if e&literal != 0 {
					buf >>= e & 63
					n -= uint(e & 0xff)
					dst[p] = byte(e >> 16)
					p++
					buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
					pos += int((63 - n) >> 3)
					n |= 56
					e = d.litlen[buf&(1<<litlenBits-1)]
					continue
				}
			}
			buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		if e&special != 0 {
			if e&link != 0 {
				i := e>>16&0x7fff + uint32(buf>>litlenBits&(1<<(e>>8&15)-1))
				if i >= litlenSize {
					err = ErrCorrupt
					break
				}
				buf >>= litlenBits
				n -= litlenBits
				e = d.litlen[i]
			}
			if e&literal != 0 {
				buf >>= e & 63
				n -= uint(e & 0xff)
				dst[p] = byte(e >> 16)
				p++
				buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
				pos += int((63 - n) >> 3)
				n |= 56
				e = d.litlen[buf&(1<<litlenBits-1)]
				continue
			}
			if e&special != 0 {
				buf >>= e & 63
				n -= uint(e & 0xff)
				if done = e&endMark != 0; !done {
					err = ErrCorrupt
				}
				break
			}
		}
		end := p + int(e>>16) + int(buf>>((e&0xff-e>>8&31)&63)&(1<<(e>>8&31)-1))
		buf >>= e & 63
		n -= uint(e & 0xff)
		e = d.dist[buf&(1<<distBits-1)]
		if e&special != 0 {
			if e&link != 0 {
				i := e>>16&0x7fff + uint32(buf>>distBits&(1<<(e>>8&15)-1))
				if i >= distSize {
					err = ErrCorrupt
					break
				}
				buf >>= distBits
				n -= distBits
				e = d.dist[i]
			}
			if e&special != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := int(e>>16) + int(buf>>((e&0xff-e>>8&31)&63)&(1<<(e>>8&31)-1))
		buf >>= e & 63
		n -= uint(e & 0xff)
		from := p - distance
		if from < 0 {
			err = ErrCorrupt
			break
		}
		buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e = d.litlen[buf&(1<<litlenBits-1)]
		copyMatch(dst, p, from, end)
		p = end
	}
	in.pos, in.buf, in.n = pos-int(n>>3), 0, n&7
	if in.n > 0 {
		in.buf = buf & (1<<in.n - 1)
	}
	return dst[:p], done, err
}

// copyMatch repeats dst[from:] at dst[p:end]. It may write up to 16 bytes past the end.
func copyMatch(dst []byte, p, from, end int) {
	switch distance := p - from; {
	case distance >= 16:
		for {
			*(*[16]byte)(dst[p:]) = *(*[16]byte)(dst[from:])
			if p += 16; p >= end {
				return
			}
			from += 16
		}
	case distance >= 8:
		for ; p < end; p += 8 {
			*(*[8]byte)(dst[p:]) = *(*[8]byte)(dst[from:])
			from += 8
		}
	case distance == 1:
		c := uint64(dst[from]) * 0x0101010101010101
		for ; p < end; p += 8 {
			binary.LittleEndian.PutUint64(dst[p:], c)
		}
	default:
		for ; p < end; p++ {
			dst[p] = dst[from]
			from++
		}
	}
}

// step decodes one symbol with every bound checked.
func (d *Decoder) step(out []byte, in *bits) ([]byte, bool, error) {
	e, err := in.decode(d.litlen[:], litlenBits)
	switch {
	case err != nil:
		return out, false, err
	case e&literal != 0:
		return append(out, byte(e>>16)), false, nil
	case e&endMark != 0:
		return out, true, nil
	}
	more, ok := in.take(uint(e >> 8 & 31))
	if !ok {
		return out, false, ErrTruncated
	}
	length := int(e>>16) + int(more)
	if e, err = in.decode(d.dist[:], distBits); err != nil {
		return out, false, err
	}
	if more, ok = in.take(uint(e >> 8 & 31)); !ok {
		return out, false, ErrTruncated
	}
	from := len(out) - int(e>>16) - int(more)
	if from < 0 {
		return out, false, ErrCorrupt
	}
	for range length {
		out = append(out, out[from])
		from++
	}
	return out, false, nil
}

// decode reads one code, leaving its extra bits in place.
func (b *bits) decode(table []uint32, width uint) (uint32, error) {
	b.fill()
	e := table[b.buf&(1<<width-1)]
	used := uint(0)
	if e&(special|link) == special|link && e&literal == 0 {
		used = width
		e = table[uint64(e>>16)+b.buf>>width&(1<<(e>>8&15)-1)]
	}
	used += uint(e & 0xff)
	if e&literal == 0 && e&special == 0 {
		used -= uint(e >> 8 & 31)
	}
	if used > b.n {
		return 0, ErrTruncated
	}
	b.buf >>= used
	b.n -= used
	if e&literal == 0 && e&special != 0 && e&endMark == 0 {
		return 0, ErrCorrupt
	}
	return e, nil
}
