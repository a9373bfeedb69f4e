package inflate

// A table entry is one uint32:
//
//	literal   bit 31 set; bits 16-23 the byte
//	length    bits 16-24 the base length; bits 8-12 how many extra bits follow
//	distance  bits 16-30 the base distance; bits 8-12 how many extra bits follow
//	special   bit 15 set: bit 14 end of block, bit 13 link to a second table
//	          (bits 16-30 its offset, bits 8-12 its index width); neither: invalid
//
// The low byte is the number of bits that the entry consumes,
// extra bits included for lengths and distances.
const (
	litlenBits = 11
	distBits   = 8
	codeBits   = 7
	maxCodeLen = 15

	// Upper bounds for a main table and all its second tables,
	// for 288 codes at 11 bits and 32 codes at 8 bits.
	litlenSize = 2400
	distSize   = 480

	literal = 1 << 31
	special = 1 << 15
	endMark = 1 << 14
	link    = 1 << 13
)

var (
	lengthBase  = [...]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [...]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distExtra   = [...]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	codeOrder   = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

func litlenEntry(sym int) uint32 {
	switch {
	case sym < 256:
		return literal | uint32(sym)<<16
	case sym == 256:
		return special | endMark
	case sym-257 < len(lengthBase):
		extra := uint32(lengthExtra[sym-257])
		return uint32(lengthBase[sym-257])<<16 | extra<<8 | extra
	}
	return special
}

func distEntry(sym int) uint32 {
	if sym < len(distBase) {
		extra := uint32(distExtra[sym])
		return uint32(distBase[sym])<<16 | extra<<8 | extra
	}
	return special
}

func codeEntry(sym int) uint32 { return uint32(sym) << 16 }

// builder holds the scratch space for making decoding tables.
type builder struct {
	lens   [288 + 32]uint8
	sorted [288]uint16
}

// table fills dst with the canonical Huffman code of lens; the main table has 1<<bits entries.
// An incomplete code is accepted only where deflate allows it: no code at all, or a single one.
func (b *builder) table(dst []uint32, lens []uint8, bits int, entry func(int) uint32) bool {
	var count, offset [maxCodeLen + 2]int
	for _, n := range lens {
		count[n]++
	}
	used := len(lens) - count[0]
	count[0] = 0
	left := 1
	for n := 1; n <= maxCodeLen; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		offset[n+1] = offset[n] + count[n]
	}
	if left > 0 && used > 1 {
		return false
	}
	if left > 0 { // unused codes decode as invalid
		for i := range dst[:1<<bits] {
			dst[i] = special | 1
		}
	}
	for sym, n := range lens {
		if n != 0 {
			b.sorted[offset[n]] = uint16(sym)
			offset[n]++
		}
	}
	b.fill(dst, lens, b.sorted[:used], count[:], bits, entry)
	return true
}

// fill walks the codes in canonical order, keeping the current code bit-reversed,
// because deflate sends Huffman codes from their most significant bit.
func (b *builder) fill(dst []uint32, lens []uint8, sorted []uint16, count []int, bits int, entry func(int) uint32) {
	code, next := 0, 1<<bits
	subPrefix, subStart, subBits := -1, 0, 0
	for _, sym := range sorted {
		n := int(lens[sym])
		e := entry(int(sym))
		if n <= bits {
			for i := code; i < 1<<bits; i += 1 << n {
				dst[i] = e + uint32(n)
			}
		} else {
			if prefix := code & (1<<bits - 1); prefix != subPrefix {
				subPrefix, subStart = prefix, next
				subBits = subTableBits(count, n, bits)
				next += 1 << subBits
				dst[prefix] = special | link | uint32(subStart)<<16 | uint32(subBits)<<8 | uint32(bits)
			}
			for i := code >> bits; i < 1<<subBits; i += 1 << (n - bits) {
				dst[subStart+i] = e + uint32(n-bits)
			}
		}
		count[n]--
		code = nextReversed(code, n)
	}
}

// subTableBits finds how wide the second table must be that begins with a code of length n.
func subTableBits(count []int, n, bits int) int {
	width := n - bits
	for room := count[n]; room < 1<<width && width+bits < maxCodeLen; {
		width++
		room = room<<1 + count[width+bits]
	}
	return width
}

// nextReversed adds one to an n-bit number that is stored bit-reversed.
func nextReversed(code, n int) int {
	bit := 1 << (n - 1)
	for code&bit != 0 {
		code ^= bit
		bit >>= 1
	}
	return code | bit
}
