package locale

import "testing"

func BenchmarkPerson(b *testing.B) {
	for _, name := range Names() {
		l := lookup(b, name)
		b.Run("locale="+name, func(b *testing.B) {
			b.ReportAllocs()
			length, key := 0, uint64(0)
			for b.Loop() {
				key++
				length += len(l.Person(key, int(key%50), 1940+int(key%60)).Email)
			}
			b.ReportMetric(float64(length)/float64(key), "email-bytes/op")
		})
	}
}

func BenchmarkProductName(b *testing.B) {
	for _, name := range Names() {
		l := lookup(b, name)
		b.Run("locale="+name, func(b *testing.B) {
			b.ReportAllocs()
			length, key := 0, uint64(0)
			for b.Loop() {
				key++
				length += len(l.Product(key, "women_shoes").Name)
			}
			b.ReportMetric(float64(length)/float64(key), "name-bytes/op")
		})
	}
}
