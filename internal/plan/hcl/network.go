package hcl

import (
	"errors"
	"math/big"
	"net"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// numbers declares parameters: a text, and so many numbers.
func numbers(n int) []function.Parameter {
	out := []function.Parameter{{Name: "prefix", Type: cty.String}}
	for range n {
		out = append(out, function.Parameter{Name: "number", Type: cty.Number})
	}
	return out
}

func network(v cty.Value) (*net.IPNet, error) {
	_, n, err := net.ParseCIDR(v.AsString())
	return n, err
}

func integer(v cty.Value) (*big.Int, error) {
	n, acc := v.AsBigFloat().Int(nil)
	if acc != big.Exact {
		return nil, errors.New("not a whole number")
	}
	return n, nil
}

func cidrHost() function.Function {
	return function.New(&function.Spec{
		Params: numbers(1), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := network(args[0])
			if err != nil {
				return cty.DynamicVal, err
			}
			host, err := integer(args[1])
			if err != nil {
				return cty.DynamicVal, err
			}
			ip, err := cidr.HostBig(n, host)
			if err != nil {
				return cty.DynamicVal, err
			}
			return cty.StringVal(ip.String()), nil
		},
	})
}

func cidrNetmask() function.Function {
	return function.New(&function.Spec{
		Params: numbers(0), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := network(args[0])
			if err != nil || len(n.IP) != net.IPv4len {
				return cty.DynamicVal, errors.New("not an IPv4 network")
			}
			return cty.StringVal(net.IP(n.Mask).String()), nil
		},
	})
}

func cidrSubnet() function.Function {
	return function.New(&function.Spec{
		Params: numbers(2), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := network(args[0])
			if err != nil {
				return cty.DynamicVal, err
			}
			bits, err := integer(args[1])
			if err != nil {
				return cty.DynamicVal, err
			}
			num, err := integer(args[2])
			if err != nil || !bits.IsInt64() || bits.Int64() < 0 || bits.Int64() > 128 {
				return cty.DynamicVal, errors.New("not a subnet")
			}
			sub, err := cidr.SubnetBig(n, int(bits.Int64()), num)
			if err != nil {
				return cty.DynamicVal, err
			}
			return cty.StringVal(sub.String()), nil
		},
	})
}

func cidrSubnets() function.Function {
	return function.New(&function.Spec{
		Params: numbers(0), VarParam: &function.Parameter{Name: "newbits", Type: cty.Number}, Type: function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := network(args[0])
			if err != nil || len(args) < 2 {
				return cty.ListValEmpty(cty.String), err
			}
			ones, all := n.Mask.Size()
			var out []cty.Value
			var last *net.IPNet
			for _, a := range args[1:] {
				bits, err := integer(a)
				if err != nil || !bits.IsInt64() || bits.Int64() < 1 || int64(ones)+bits.Int64() > int64(all) {
					return cty.DynamicVal, errors.New("not a subnet")
				}
				if last == nil {
					last, _ = cidr.PreviousSubnet(n, ones+int(bits.Int64()))
				}
				next, full := cidr.NextSubnet(last, ones+int(bits.Int64()))
				if full || !n.Contains(next.IP) {
					return cty.DynamicVal, errors.New("no room for a subnet")
				}
				last = next
				out = append(out, cty.StringVal(next.String()))
			}
			return cty.ListVal(out), nil
		},
	})
}

func cidrContains() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "in", Type: cty.String}, {Name: "what", Type: cty.String}}, Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := network(args[0])
			if err != nil {
				return cty.DynamicVal, err
			}
			if ip := net.ParseIP(args[1].AsString()); ip != nil {
				return cty.BoolVal(n.Contains(ip)), nil
			}
			in, err := network(args[1])
			if err != nil {
				return cty.DynamicVal, err
			}
			first, last := cidr.AddressRange(in)
			return cty.BoolVal(n.Contains(first) && n.Contains(last)), nil
		},
	})
}
