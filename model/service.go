package model

// Service is the behavior service: calls, chats and tickets, and the queue before them.
type Service struct {
}

// ServicePlan is the compiled behavior service.
type ServicePlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Service) check(c *checker, p place, s *Scenario) {
}

func (b *Service) compile(w *World, s *Scenario) ServicePlan {
	return ServicePlan{On: true}
}
